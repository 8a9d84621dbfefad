//! Random documents: every kind of task, inside every kind of composite.

use proptest::prelude::*;

/// What a document may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Anything,
    /// No task whose outcome depends on the order of branches: no error, no competing fork, no `$context`.
    Unordered,
}

const CALL: &str = "call: http, with: { method: post, endpoint: 'http://127.0.0.1:1/{n}', body: '${ . }' }, \
     output: { as: '$input + .' }";

fn task(name: usize, flavour: Flavour) -> BoxedStrategy<String> {
    let mut bodies = vec![
        "set: { n: '${ (.n // 0) + 1 }', seen: '${ $task.reference }' }".to_owned(),
        "wait: { seconds: 5 }".to_owned(),
        "if: '(.n // 0) > 1', set: '${ { n: .n, now: now } }'".to_owned(),
        "switch: [ { a: { when: '(.n // 0) > 2', then: exit } }, { b: { then: continue } } ]"
            .to_owned(),
        CALL.to_owned(),
        "emit: { event: { with: { source: s, type: t, data: '${ . }' } } }, output: { as: '$input' }"
            .to_owned(),
        "call: records.put, with: { table: t, key: k, item: '${ . }' }, output: { as: '$input + .' }"
            .to_owned(),
        "run: { workflow: { namespace: n, name: w, input: '${ . }' } }, output: { as: '$input + .' }"
            .to_owned(),
    ];
    if flavour == Flavour::Anything {
        bodies.extend([
            "raise: { error: { type: 'https://example.com/e', status: 418 } }".to_owned(),
            "set: { n: '${ (.n // 0) + 1 }', c: '${ $context }' }, then: exit".to_owned(),
            format!("{CALL}, export: {{ as: '{{ last: $output }}' }}"),
            CALL.replace("{n}", "fails"),
        ]);
    }
    let bodies = prop::sample::select(bodies);
    bodies
        .prop_map(move |body| format!("{{ t{name}: {{ {body} }} }}"))
        .boxed()
}

/// A list of four tasks, with composites that nest this deep.
pub(super) fn list(depth: u32, flavour: Flavour) -> BoxedStrategy<String> {
    let item = move |at: usize| match depth {
        0 => task(at, flavour),
        _ => prop_oneof![4 => task(at, flavour), 4 => composite(at, depth - 1, flavour)].boxed(),
    };
    (item(0), item(1), item(2), item(3))
        .prop_map(|(a, b, c, d)| format!("[ {a}, {b}, {c}, {d} ]"))
        .boxed()
}

fn composite(at: usize, depth: u32, flavour: Flavour) -> BoxedStrategy<String> {
    let races = match flavour {
        Flavour::Anything => vec![false, true],
        Flavour::Unordered => vec![false],
    };
    let inner = (0..4, prop::sample::select(races), list(depth, flavour));
    inner
        .prop_map(move |(kind, is_race, inner)| match kind {
            0 => format!("{{ t{at}: {{ do: {inner} }} }}"),
            1 => format!(
                "{{ t{at}: {{ try: {inner}, catch: {{ retry: {{ delay: PT1S, limit: {{ attempt: {{ count: 2 }} }} }}, \
                 do: [ {{ h: {{ set: '${{ {{ n: 1, e: $error }} }}' }} }} ] }} }} }}"
            ),
            2 => format!("{{ t{at}: {{ for: {{ in: '[1, 2]' }}, do: {inner} }} }}"),
            _ => format!(
                "{{ t{at}: {{ fork: {{ compete: {is_race}, branches: {inner} }}, output: {{ as: '{{ n: length, all: . }}' }} }} }}"
            ),
        })
        .boxed()
}
