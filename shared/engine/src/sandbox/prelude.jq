# Definitions of the library. Each one uses only those before it and the filters that are written in Rust. A name that
# begins with `!` is internal: no expression can spell it.

def select(f): if f then . else empty end;
def error: error_empty as $x | .;
def error($message): ($message | error_empty) as $x | .;
def tostring: "\(.)";
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def isempty(f): first((f | false), true);
def any(generator; condition): isempty(first(generator | condition or empty)) | not;
def any(f): any(.[]; f);
def any: any(.[]; .);
def all(generator; condition): isempty(first(generator | condition and empty));
def all(f): all(.[]; f);
def all: all(.[]; .);

# Types.
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def finites: select(type == "number" and (isinfinite or isnan | not));
def normals: select(type == "number" and isnormal);
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def toboolean:
  if . == true or . == "true" then true
  elif . == false or . == "false" then false
  else error("\(type) (\(tojson)) cannot be parsed as a boolean") end;
def toarray: if type == "array" then . else [.] end;
def isfinite: type == "number" and (isinfinite | not);
def have_literal_numbers: true;
def have_decnum: true;

# Numbers.
def abs: if . < 0 then -. else . end;
def pow10: pow(10; .);
def gamma: lgamma;
def lgamma_r:
  [lgamma, if . < 0 and . != floor and floor % 2 != 0 then -1 else 1 end];
def logb:
  if . == 0 then -infinite elif isinfinite then infinite elif isnan then . else ilogb end;
def significand: if . == 0 or isinfinite or isnan then . else scalbln(.; -ilogb) end;
def drem($x; $y): remainder($x; $y);
def nexttoward($x; $y): nextafter($x; $y);
def scalb($x; $exponent): $x * pow(2; $exponent);

# Generators.
def range($from; $to; $by):
  if ([$from, $to, $by] | all(type == "number") | not) then error("Range bounds must be numeric")
  elif $by == 0 then empty
  else !range($from; $to; $by) end;
def range($from; $to): range($from; $to; 1);
def range($to): range(0; $to; 1);
def repeat(f): def rec: f, rec; rec;
def recurse(f): def rec: ., (f | rec); rec;
def recurse: recurse(.[]?);
def recurse(f; condition): def rec: ., (f | select(condition) | rec); rec;
def while(condition; update): def rec: if condition then ., (update | rec) else empty end; rec;
def until(condition; update): def rec: if condition then . else update | rec end; rec;
def limit($count; f):
  if $count > 0 then !limit($count; f)
  elif $count == 0 then empty
  else error("limit doesn't support negative count") end;
def skip($count; f):
  if $count > 0 then !skip($count; f)
  elif $count == 0 then f
  else error("skip doesn't support negative count") end;
def first: .[0];
def last: .[-1];
def nth($index): .[$index];
def nth($index; f):
  if $index < 0 then error("nth doesn't support negative indices") else first(skip($index; f)) end;
def add(f): reduce f as $x (null; . + $x);

# Paths.
def getpath($path):
  if ($path | type) != "array" then error("Path must be specified as an array")
  else reduce $path[] as $key (.; .[$key]) end;
def del(f): delpaths([path(f)]);
def paths: path(..) | select(length > 0);
def paths(f): . as $whole | paths | select(. as $path | $whole | getpath($path) | f);
def leaf_paths: paths(scalars);
def pick(f): . as $whole | reduce path(f) as $path (null; setpath($path; $whole | getpath($path)));
def tostream:
  path(def rec: (.[]? | rec), .; rec) as $path
  | getpath($path)
  | reduce path(.[]?) as $inner ([$path, .]; [$path + $inner]);
def fromstream(f):
  {x: null, e: false} as $start
  | foreach f as $event ($start;
      (if .e then $start else . end)
      | if ($event | length) == 2
        then setpath(["e"]; $event[0] == []) | setpath(["x"] + $event[0]; $event[1])
        else setpath(["e"]; ($event[0] | length) == 1) end;
      if .e then .x else empty end);
def truncate_stream(stream):
  . as $depth | null | stream
  | if (.[0] | length) > $depth then setpath([0]; .[0][$depth:]) else empty end;

# Arrays and objects.
def flatten: !flatten(1e9);
def flatten($depth): !flatten($depth);
def in(object): . as $key | object | has($key);
def inside(whole): . as $part | whole | contains($part);
def index($part): indices($part) | .[0];
def rindex($part): indices($part) | .[-1:][0];
def reverse:
  if type == "string" then explode | !reverse | implode
  elif . == null or . == {} then []
  else !reverse end;
def min_by(f): reduce min_by_or_empty(f) as $x (null; $x);
def max_by(f): reduce max_by_or_empty(f) as $x (null; $x);
def min: min_by(.);
def max: max_by(.);
def unique_by(f): [group_by(f)[] | .[0]];
def unique: unique_by(.);
def to_entries: [keys_unsorted[] as $key | {key: $key, value: .[$key]}];
def !member($names): . as $entry | first($names[] | select(. as $name | $entry | has($name))) // $names[0];
def !key:
  if .key != null then .key
  elif .k != null then .k
  elif .name != null then .name
  elif .Name != null then .Name
  elif .K != null then .K
  elif .Key != null then .Key
  elif has("key") or has("k") or has("name") or has("Name") or has("K") or has("Key") then null
  else error("Cannot use null (null) as object key") end
  | if type == "string" then .
    elif type == "array" or type == "object" then error("Cannot use \(type) (\(tojson)) as object key")
    else tojson end;
def !value: .[!member(["value", "v", "Value", "V"])];
def from_entries: reduce (.[] | [!key, !value]) as [$key, $value] ({}; setpath([$key]; $value));
def with_entries(f): to_entries | map(f) | from_entries;
def walk(f):
  def rec:
    if type == "object" then map_values(rec) elif type == "array" then map(rec) else . end | f;
  rec;
def combinations:
  if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $rest | [$x] + $rest end;
def combinations($count): . as $items | [range($count) | $items] | combinations;
def IN(stream): any(stream == .; .);
def IN(items; stream): any(items == stream; .);
def INDEX(stream; key): reduce stream as $row ({}; .[$row | key | tostring] |= $row);
def INDEX(key): INDEX(.[]; key);
def JOIN($table; rows; key; combined): rows | [., $table[key]] | combined;
def JOIN($table; rows; key): JOIN($table; rows; key; .);
def JOIN($table; key): [JOIN($table; .[]; key)];

# Strings.
def trimstr($part): ltrimstr($part) | rtrimstr($part);
def ascii: [.] | implode;
def @text: tostring;
def @json: tojson;
def @html: tostring | !html;
def @uri: tostring | !uri;
def @urid: tostring | !from_uri;
def @base64: tostring | !base64;
def @base64d: tostring | !from_base64;
def @base32: tostring | !base32;
def @base32d: tostring | !from_base32;
def !word:
  if type == "string" then "'\(!shell)'"
  elif type == "array" or type == "object"
  then error("\(type) (\(tojson)) can not be escaped for shell")
  else tojson end;
def @sh: if type == "array" then map(!word) | join(" ") else !word end;
def @csv:
  if type != "array" then error("\(type) (\(tojson)) cannot be csv-formatted, only an array can be")
  else map(
    if type == "string" then "\"\(!csv)\""
    elif . == null then ""
    elif type == "array" or type == "object"
    then error("\(type) (\(tojson)) is not valid in a csv row")
    else tojson end) | join(",") end;
def @tsv:
  if type != "array" then error("\(type) (\(tojson)) cannot be tsv-formatted, only an array can be")
  else map(
    if type == "string" then !tsv
    elif . == null then ""
    elif type == "array" or type == "object"
    then error("\(type) (\(tojson)) is not valid in a tsv row")
    else tojson end) | join("\t") end;

def format($name):
  if $name == "text" then @text
  elif $name == "json" then @json
  elif $name == "html" then @html
  elif $name == "uri" then @uri
  elif $name == "urid" then @urid
  elif $name == "csv" then @csv
  elif $name == "tsv" then @tsv
  elif $name == "sh" then @sh
  elif $name == "base64" then @base64
  elif $name == "base64d" then @base64d
  elif $name == "base32" then @base32
  elif $name == "base32d" then @base32d
  else error("\($name) is not a valid format") end;

# Regular expressions.
def !pattern:
  if type == "string" then [., null]
  elif type == "array" and length > 1 then [.[0], .[1]]
  elif type == "array" and length == 1 then [.[0], null]
  else error("\(type) not a string or array") end;
def !captured: reduce (.[1:][] | select(.name != null)) as $group ({}; setpath([$group.name]; $group.string));
def match($re; $flags): !matches($re; $flags)[] | .[0] + {captures: .[1:]};
def match($re): ($re | !pattern) as [$text, $flags] | match($text; $flags);
def test($re; $flags): !matches($re; $flags) | length > 0;
def test($re): ($re | !pattern) as [$text, $flags] | test($text; $flags);
def capture($re; $flags): !matches($re; $flags)[] | !captured;
def capture($re): ($re | !pattern) as [$text, $flags] | capture($text; $flags);
def scan($re; $flags):
  !matches($re; "g" + $flags)[] | if length > 1 then [.[1:][].string] else .[0].string end;
def scan($re): ($re | !pattern) as [$text, $flags] | scan($text; $flags);
def split($re; $flags): !split($re; "g" + $flags);
def splits($re; $flags): split($re; $flags)[];
def splits($re): splits($re; null);
def !text:
  if type == "string" then . elif . == null then ""
  else error("\(type) (\(tojson)) cannot be added to a string") end;
def sub($re; replacement; $flags):
  [!split_matches($re; $flags)[] | if type == "array" then [!captured | replacement | !text] else . end]
  | ([.[] | arrays | length] | min) as $outputs
  | if $outputs == null then join("")
    else range($outputs) as $at | [.[] | if type == "array" then .[$at] else . end] | join("") end;
def sub($re; replacement): sub($re; replacement; null);
def gsub($re; replacement; $flags): sub($re; replacement; "g" + $flags);
def gsub($re; replacement): sub($re; replacement; "g");

# Dates.
def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
def todateiso8601: todate;
def date: todate;
def fromdate: fromdateiso8601;
def dateadd($unit; $seconds): . + $seconds;
def datesub($unit; $seconds): . - $seconds;
