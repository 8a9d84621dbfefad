// Compares the graph of each document as `GET /v1/workflows/{id}/graph` shows it with the one that the SDK builds.
// usage: graph.mjs READY.json [WORKFLOW.yaml]…
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import sdk from "@serverlessworkflow/sdk";

const [ready, ...files] = process.argv.slice(2);
const { baseUrl, adminKey } = JSON.parse(readFileSync(ready));

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
  const answer = await fetch(baseUrl + path, { method, headers, body: JSON.stringify(body) });
  const document = await answer.json();
  assert(answer.ok, `${method} ${path}: ${JSON.stringify(document)}`);
  return document;
}

// The SDK leaves out what the flow cannot reach, and does not end where the flow goes back: there is neither here.
const set = { set: { x: 1 } };
const when = (when, then) => ({ when, then });
const documents = [
  [{ a: set }, { b: { ...set, then: "end" } }],
  [{ choose: { switch: [{ large: when(".x > 1", "last") }, { none: when(".x == 0", "end") }] } }, { middle: { ...set, then: "exit" } }, { last: set }],
  [{ choose: { switch: [{ one: when(".x", "continue") }, { other: { then: "exit" } }] } }, { next: set }],
  [{ outer: { do: [{ first: set }, { inner: { do: [{ deep: set }, { deeper: { ...set, then: "exit" } }] } }] } }, { after: set }],
  [{ split: { fork: { branches: [{ one: set }, { two: { do: [{ x: set }, { y: set }] } }] } } }, { after: set }],
  [{ each: { for: { in: ".items" }, do: [{ one: set }, { two: set }] } }, { after: set }],
  [{ wait: { wait: { seconds: 1 } } }, { fail: { raise: { error: { type: "https://example.com/e", status: 500 } } } }],
  [{ call: { call: "http", with: { method: "get", endpoint: "https://example.com/" } } }],
].map((tasks, at) => ({
  document: { dsl: "1.0.0", namespace: "test", name: `graph-${at}`, version: "1.0.0" },
  do: tasks,
}));

/** The SDK's nodes of tasks, and its edges between them. */
function built(definition) {
  const tasks = new Set(), edges = [];
  const visit = (graph) => {
    for (const node of graph.nodes ?? []) {
      const isOwn = ["start", "end", "entry", "exit", "try", "catch"].includes(node.type);
      if (!isOwn) tasks.add(at(node.id));
      visit(node);
    }
    edges.push(...(graph.edges ?? []));
  };
  // It writes the list of a loop below `for`; in the document it stands beside.
  const at = (id) => id.replaceAll("/for/do/", "/do/");
  const workflow = sdk.Classes.Workflow.deserialize(JSON.stringify(definition));
  visit(sdk.buildGraph(workflow));
  // An entry or exit belongs to its task, and the parts of a `try` to it.
  const taskOf = (id) => {
    if (id.startsWith("root-")) return id.startsWith("root-entry") ? "start" : "end";
    let task = at(id.replace(/-(entry|exit)-node$/, "").replace(/\/for$/, ""));
    while (!tasks.has(task)) task = task.slice(0, task.lastIndexOf("/"));
    return task;
  };
  const pairs = edges.map(({ sourceId, destinationId }) => [taskOf(sourceId), taskOf(destinationId)]);
  return { tasks, pairs: pairs.filter(([from, to]) => from !== to) };
}

const sorted = (pairs) => [...new Set(pairs.map((pair) => pair.join(" -> ")))].sort();
let compared = 0;
const bodies = documents.map((definition) => ({ definition }));
bodies.push(...files.map((file) => ({ definitionYaml: readFileSync(file, "utf8") })));
for (const [at, body] of bodies.entries()) {
  const workflow = await call("POST", "/v1/workflows", { name: `Graph ${at}`, ...body });
  const graph = await call("GET", `/v1/workflows/${workflow.id}/graph`);
  const expected = built(workflow.definition);
  const tasks = graph.nodes.map((node) => node.id).filter((id) => id.startsWith("/"));
  assert.deepEqual(tasks.sort(), [...expected.tasks].sort());
  assert.deepEqual(sorted(graph.edges.map(({ from, to }) => [from, to])), sorted(expected.pairs), JSON.stringify(workflow.definition.do));
  compared += 1;
}
console.log(`${compared} graphs are those of the specification's SDK`);
