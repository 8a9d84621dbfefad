Feature: Data flow
  The input and output of tasks, and the context that later tasks see.

  Scenario: The export of a task is the context of later tasks
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - remember:
          set: { order: "${ .order }" }
          export: { as: "${ $context + { order: .order } }" }
      - forget: { set: { nothing: true } }
      - recall: { set: { order: "${ $context.order }" } }
    """
    And given the workflow input is:
    """yaml
    order: 42
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    order: 42
    """

  Scenario: The input and output of the workflow are transformed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    input: { from: .body }
    output: { as: .answer }
    do:
      - add: { set: { answer: "${ .a + .b }" } }
    """
    And given the workflow input is:
    """yaml
    body: { a: 1, b: 2 }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """

  Scenario: The output of a task whose condition is false is its input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    input: { from: "{ n }" }
    do:
      - skipped: { if: .n > 1, set: { never: true } }
      - taken: { if: .n == 1, set: { n: "${ .n }", taken: true } }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { n: 1, taken: true }
    """

  Scenario: Expressions see the task, the workflow and the runtime
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - look:
          set:
            task: ${ $task.name }
            reference: ${ $task.reference }
            workflow: ${ $workflow.definition.document.name }
            runtime: ${ $runtime.name }
            given: ${ $input.n }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { task: look, reference: /do/0/look, workflow: scenario, runtime: sluice, given: 1 }
    """

  Scenario: A set can be one expression
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - all: { set: "${ { doubled: (.n * 2) } }" }
    """
    And given the workflow input is:
    """yaml
    n: 2
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    doubled: 4
    """
