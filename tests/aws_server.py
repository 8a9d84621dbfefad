"""The AWS command line for tests that call it a hundred times: half a second of each call is its start.

    aws_server.py          with the Python of the AWS command line; prints its port, and ends with its standard input

A call is its number of arguments and these, each followed by a zero byte. It runs in a copy of this process, which has loaded
the command line; the answer is its exit code, a line end, and what it printed. `CLIENT` is a function of bash for that.
Does not know what is called.
"""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

CLIENT = """
loaded_aws() {
  local call code
  exec {call}<>"/dev/tcp/127.0.0.1/PORT"
  printf '%s\\0' "$#" "$@" >&"$call"
  IFS= read -r code <&"$call"
  cat <&"$call"
  exec {call}>&-
  return "$code"
}
"""


def started(command):
    """The server beside a command line that is installed in an environment of its own, and the client of it."""
    python = Path(command).parent / "python3"
    server = subprocess.Popen([python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return server, CLIENT.replace("PORT", server.stdout.readline().strip())


def argument(stream):
    found = bytearray()
    while (byte := stream.read(1)) not in (b"\0", b""):
        found += byte
    return found.decode()


def answer(connection, driver):
    with connection, connection.makefile("rwb") as stream:
        arguments = [argument(stream) for _ in range(int(argument(stream)))]
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            # Whatever happens, this copy is no second server.
            code = 255
            try:
                os.dup2(writer, sys.stdout.fileno())
                os.close(writer)
                code = driver.main(arguments)
                sys.stdout.flush()
            except SystemExit as ended:
                code = ended.code
            finally:
                os._exit(code or 0)
        os.close(writer)
        with open(reader, "rb") as output:
            printed = output.read()
        _, status = os.waitpid(child, 0)
        stream.write(b"%d\n%s" % (os.waitstatus_to_exitcode(status), printed))


def main():
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: sys.stdin.read() or os._exit(0), daemon=True).start()
    while True:
        answer(listener.accept()[0], driver)


if __name__ == "__main__":
    main()
