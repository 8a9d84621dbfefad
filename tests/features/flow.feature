Feature: Flow
  Which task comes next.

  Scenario: Exit leaves the list of the task, end ends the workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - outer:
          do:
            - first: { set: { seen: "${ .seen + [ 1 ] }" }, then: exit }
            - never: { set: { seen: never } }
      - second: { set: { seen: "${ .seen + [ 2 ] }" }, then: end }
      - neither: { set: { seen: never } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: [ 1, 2 ]
    """
    And first should run first
    And never should run 0 times
    And neither should run 0 times

  Scenario: End in a nested list ends the whole workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - outer: { do: [ { inner: { set: { done: true }, then: end } } ] }
      - never: { set: { done: false } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    done: true
    """

  Scenario: A switch follows its first matching case, and can end the workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - judge:
          switch:
            - large: { when: .n > 10, then: end }
            - small: { when: .n > 1, then: count }
            - default: { then: exit }
      - skipped: { set: { never: true } }
      - count: { set: { counted: "${ .n }" } }
    """
    And given the workflow input is:
    """yaml
    n: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    counted: 5
    """
    And skipped should run 0 times

  Scenario: A jump back makes a loop, and history counts its visits
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - count: { set: { n: "${ .n + 1 }" } }
      - again: { switch: [ { more: { when: .n < 3, then: count } } ] }
    """
    And given the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """
    And count should run 3 times

  Scenario: A loop continues while its condition is true
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - loop:
          for: { each: word, in: .words, at: place }
          while: $word != "stop"
          do:
            - join: { set: { words: "${ .words }", joined: '${ (.joined // []) + [ "\($place)\($word)" ] }' } }
          output: { as: "{ joined }" }
    """
    And given the workflow input is:
    """yaml
    words: [ a, b, stop, c ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    joined: [ 0a, 1b ]
    """
    And join should run 2 times

  Scenario: The output of a fork has the outputs of its branches, in document order
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - slow: { do: [ { rest: { wait: { seconds: 5 } } }, { late: { set: { is: slow } } } ] }
              - quick: { set: { is: quick } }
    """
    When the workflow is executed
    Then the workflow should be waiting
    When 5 seconds pass
    Then the workflow should complete with output:
    """yaml
    [ { is: slow }, { is: quick } ]
    """
    And late should run after quick

  Scenario: The first branch of a competing fork to end wins, and the others are cancelled
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - race:
          fork:
            compete: true
            branches:
              - slow: { do: [ { rest: { wait: { seconds: 5 } } }, { late: { set: { winner: slow } } } ] }
              - quick: { do: [ { pause: { wait: { seconds: 1 } } }, { early: { set: { winner: quick } } } ] }
    """
    When the workflow is executed
    Then the workflow should be waiting
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    winner: quick
    """
    And late should run 0 times

  Scenario: A fault in one branch faults the fork
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - fine: { set: { ok: true } }
              - broken: { raise: { error: { type: 'https://example.com/broken', status: 500 } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/broken
    status: 500
    instance: /do/0/both/fork/branches/1/broken
    """

  Scenario: Tasks of one list may have the same name
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - add: { set: { n: 1 } }
      - add: { set: { n: "${ .n + 1 }" } }
      - add: { set: { n: "${ .n + 1 }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """
    And add should run 3 times
