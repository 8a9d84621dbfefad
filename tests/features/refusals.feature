Feature: Refusals
  Registration reports every problem of a document, with its pointer and line.

  Scenario: Processes on the worker are refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - shell: { run: { shell: { command: ls } } }
      - script: { run: { script: { language: js, code: '1' } } }
      - container: { run: { container: { image: x } } }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /do/0/shell/run/shell, line: 3, reason: the worker runs no processes }
    - { pointer: /do/1/script/run/script, line: 4, reason: the worker runs no processes }
    - { pointer: /do/2/container/run/container, line: 5, reason: the worker runs no processes }
    """

  Scenario: Listening, schedules and catalogs are refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    schedule: { every: PT1H }
    use: { catalogs: { shared: { endpoint: 'https://mock-server.example' } } }
    do:
      - hear: { listen: { to: { one: { with: { type: a } } } } }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /schedule, line: 2, reason: started by its triggers }
    - { pointer: /use/catalogs, line: 3, reason: catalogs }
    - { pointer: /do/0/hear/listen, line: 5, reason: started by its triggers }
    """

  Scenario: References to missing components are refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - jump: { set: { a: 1 }, then: nowhere }
      - raise: { raise: { error: unknown } }
      - call: { call: unknown }
      - attempt:
          try: [ { a: { set: { a: 1 } } } ]
          catch: { retry: unknown }
      - slow: { wait: PT1S, timeout: unknown }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /do/0/jump/then, line: 3, reason: there is no task }
    - { pointer: /do/1/raise/raise/error, line: 4, reason: unknown }
    - { pointer: /do/2/call/call, line: 5, reason: unknown }
    - { pointer: /do/3/attempt/catch/retry, line: 8, reason: unknown }
    - { pointer: /do/4/slow/timeout, line: 9, reason: unknown }
    """

  Scenario: Expressions must compile, and cannot read the environment
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - broken: { set: { a: "${ .a + }" } }
      - reaching: { set: { a: "${ env }" } }
      - unknown: { if: $nobody == 1, set: { a: 1 } }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /do/0/broken/set/a, line: 3, reason: '' }
    - { pointer: /do/1/reaching/set/a, line: 4, reason: env }
    - { pointer: /do/2/unknown/if, line: 5, reason: $nobody }
    """

  Scenario: An expression inside a text is refused, and the problem shows how to write it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - greet: { set: { greeting: 'Hello ${ .name }!' } }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /do/0/greet/set/greeting, line: 3, reason: '${ "Hello \(.name)!" }' }
    """

  Scenario: A workflow has the names that the specification allows
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: 'order#evil', version: '1' }
    do:
      - child: { run: { workflow: { namespace: a/b, name: order } } }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /document/name, reason: 'letters, digits and hyphens' }
    - { pointer: /document/version, reason: semantic version }
    - { pointer: /do/0/child/run/workflow/namespace, reason: 'letters, digits and hyphens' }
    """
