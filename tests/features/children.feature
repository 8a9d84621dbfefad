Feature: Child workflows
  `run: workflow` runs another workflow as a child.

  Scenario: The output of a child workflow is the output of the task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - child:
          run:
            workflow: { namespace: tests, name: greeting, version: '0.1.0', input: { name: "${ .name }" } }
          output: { as: "${ { said: .greeting } }" }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: greeting, version: '0.1.0' }
    do:
      - rest: { wait: { seconds: 30 } }
      - greet: { set: { greeting: '${ "Hello, \($workflow.input.name)" }' } }
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should be waiting
    When 30 seconds pass
    Then the workflow should complete with output:
    """yaml
    said: Hello, Ada
    """

  Scenario: The output of a task that does not await its child is its input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - first: { set: { n: 1 } }
      - child: { run: { workflow: { namespace: tests, name: slow, version: latest }, await: false } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: slow, version: '0.1.0' }
    do:
      - rest: { wait: { days: 30 } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: An input that does not match the schema of the child is an error of the task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - child: { run: { workflow: { namespace: tests, name: strict, version: latest, input: { n: one } } } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: strict, version: '0.1.0' }
    input: { schema: { document: { type: object, properties: { n: { type: number } } } } }
    do:
      - take: { set: { taken: true } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    instance: /do/0/child
    """

  Scenario: A timeout ends the wait for a child
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - child:
          run: { workflow: { namespace: tests, name: slow, version: latest } }
          timeout: { after: { seconds: 10 } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: slow, version: '0.1.0' }
    do:
      - rest: { wait: { days: 30 } }
    """
    When the workflow is executed
    And 10 seconds pass
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/child
    """

  Scenario: A workflow that returns none leaves null
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - child: { run: { workflow: { namespace: tests, name: loud, version: latest }, return: none }, output: { as: '${ { result: . } }' } }
    """
    And another workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: loud, version: '0.1.0' }
    do:
      - speak: { set: { said: much } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    result: null
    """
