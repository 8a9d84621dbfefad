# Definitions beside those of the interpreter's own library.

def in(xs): . as $key | xs | has($key);
def inside(xs): . as $part | xs | contains($part);
def index($part): indices($part) | if . == null then null else .[0] end;
def rindex($part): indices($part) | if . == null then null else .[-1] end;
def toboolean:
  if . == true or . == "true" then true
  elif . == false or . == "false" then false
  else error("cannot be read as a boolean") end;
def toarray: if type == "array" then . else [.] end;
def transpose: if . == [] then [] else [range(0; map(length) | max) as $i | map(.[$i])] end;
def trimstr($part): ltrimstr($part) | rtrimstr($part);
def ascii: [.] | implode;
def leaf_paths: paths(scalars);
def IN(stream): . as $item | any(stream; . == $item);
def IN(items; stream): any(items; IN(stream));
def INDEX(stream; key): reduce stream as $row ({}; .[$row | key | tostring] = $row);
def INDEX(key): INDEX(.[]; key);

def strftime($format):
  if ($format | length) > 200 then error("a date format is at most 200 characters long")
  else unbounded_strftime($format) end;
def strptime($format):
  if ($format | test("%:*[0-9]*Q")) then error("time zones by name are not read")
  else unbounded_strptime($format) end;
def date: todate;
def dateadd(unit; $n): . + $n;
def datesub(unit; $n): . - $n;

def @json: tojson;
def @csv: map(
    if type == "number" then tostring
    elif type == "boolean" then tostring
    elif . == null then ""
    elif type == "string" then "\"" + (split("\"") | join("\"\"")) + "\""
    else error("only scalars fit a row of CSV") end) | join(",");
def @tsv: map(
    if . == null then ""
    elif type == "string" then
      (split("\\") | join("\\\\")) | (split("\t") | join("\\t"))
      | (split("\n") | join("\\n")) | (split("\r") | join("\\r"))
    elif type == "array" or type == "object" then error("only scalars fit a row of TSV")
    else tostring end) | join("\t");
