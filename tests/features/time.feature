Feature: Time
  Waits and timeouts. No worker is occupied meanwhile.

  Scenario: A wait ends at its time
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    input: { from: "{ n }" }
    do:
      - rest: { wait: { minutes: 1, seconds: 30 } }
      - after: { set: { n: "${ .n }", rested: true } }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should be waiting
    When 89 seconds pass
    Then the workflow should be waiting
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    { n: 1, rested: true }
    """

  Scenario: A wait can be an expression and last 30 days
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - rest: { wait: "${ .rest }" }
      - after: { set: { rested: true } }
    """
    And given the workflow input is:
    """yaml
    rest: P30D
    """
    When the workflow is executed
    When 29 days pass
    Then the workflow should be waiting
    When 1 days pass
    Then the workflow should complete with output:
    """yaml
    rested: true
    """

  Scenario: The timeout of a task can be caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { slow: { wait: PT1H, timeout: { after: { seconds: 10 } } } } ]
          catch:
            errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } }
            do: [ { report: { set: { instance: "${ $error.instance }", status: "${ $error.status }" } } } ]
    """
    When the workflow is executed
    When 10 seconds pass
    Then the workflow should complete with output:
    """yaml
    { instance: /do/0/attempt/try/0/slow, status: 408 }
    """

  Scenario: A workflow can use a reusable timeout
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    use: { timeouts: { short: { after: PT10S } } }
    timeout: short
    do:
      - slow: { wait: PT1H }
    """
    When the workflow is executed
    When 10 seconds pass
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    """

  Scenario: A cancelled workflow runs no further task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - rest: { wait: PT10S }
      - never: { set: { done: true } }
    """
    When the workflow is executed
    Then the workflow should be waiting
    When the workflow is cancelled
    Then the workflow should be cancelled
    When 10 seconds pass
    Then the workflow should be cancelled
    And never should run 0 times

  Scenario: A wait may be a fraction of a day
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - rest: { wait: P0.5D }
      - after: { set: { rested: true } }
    """
    When the workflow is executed
    When 43199 seconds pass
    Then the workflow should be waiting
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    rested: true
    """

  Scenario: A wait of a month is as long as the month of the calendar
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - rest: { wait: P1M }
      - after: { set: { rested: true } }
    """
    When the workflow is executed
    When 27 days pass
    Then the workflow should be waiting
    When 4 days pass
    Then the workflow should complete with output:
    """yaml
    rested: true
    """
