//! When and on what something was measured.

use std::process::Command;

/// One line: the day, the machine and the compiler.
pub fn line() -> String {
    let date = first_line("date", &["--utc", "+%Y-%m-%d %H:%M UTC"]);
    let kernel = first_line("uname", &["-sm"]);
    let compiler = first_line("rustc", &["--version"]);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| {
        let kilobytes: f64 = text.split(' ').next()?.parse().ok()?;
        Some(format!("{:.0} GB", kilobytes / 1_000_000.0))
    });
    let processor = field("/proc/cpuinfo", "model name");
    let processor = processor.unwrap_or_else(|| "an unnamed processor".to_owned());
    let memory = memory.unwrap_or_default();
    format!("{date}; {cores} cores of {processor}, {memory}; {kernel}; {compiler}")
}

fn first_line(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let text = text.unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
