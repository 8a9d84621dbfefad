Feature: Errors
  Which errors are raised, caught and retried.

  Scenario: A reusable error is raised by its name, and its expressions are evaluated
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    use:
      errors:
        missing: { type: 'https://example.com/missing', status: 404, title: Missing, detail: "${ \"no \" + .what }" }
    do:
      - raise: { raise: { error: missing } }
    """
    And given the workflow input is:
    """yaml
    what: order
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/missing
    status: 404
    title: Missing
    detail: no order
    instance: /do/0/raise
    """

  Scenario: The innermost try whose filter matches catches the error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - outer:
          try:
            - inner:
                try: [ { fail: { raise: { error: { type: 'https://example.com/e', status: 500 } } } } ]
                catch:
                  errors: { with: { status: 404 } }
                  do: [ { wrong: { set: { by: inner } } } ]
          catch:
            errors: { with: { status: 500 } }
            as: problem
            do: [ { right: { set: { by: outer, status: "${ $problem.status }" } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { by: outer, status: 500 }
    """
    And wrong should run 0 times

  Scenario: Conditions decide whether an error is caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { fail: { raise: { error: { type: 'https://example.com/e', status: 418 } } } } ]
          catch: { exceptWhen: $error.status == 418, do: [ { never: { set: { caught: true } } } ] }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 418
    """

  Scenario: An error in a handler is not caught by the same try
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { fail: { raise: { error: { type: 'https://example.com/first', status: 500 } } } } ]
          catch: { do: [ { worse: { raise: { error: { type: 'https://example.com/second', status: 501 } } } } ] }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://example.com/second
    status: 501
    """

  Scenario: An expression that fails is an error like any other
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { divide: { set: { n: "${ 1 / .zero }" } } } ]
          catch:
            errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/expression' } }
            do: [ { report: { set: { caught: "${ $error.status }" } } } ]
    """
    And given the workflow input is:
    """yaml
    zero: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: 400
    """

  Scenario: A call is retried with exponential backoff until it succeeds
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/flaky/2' } } } ]
          catch:
            errors: { with: { status: 503 } }
            retry: { delay: { seconds: 10 }, backoff: { exponential: {} }, limit: { attempt: { count: 5 } } }
    """
    When the workflow is executed
    Then the workflow should be waiting
    When 9 seconds pass
    Then the workflow should be waiting
    When 1 seconds pass
    Then the workflow should be waiting
    When 19 seconds pass
    Then the workflow should be waiting
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    attempts: 3
    """
    And these calls should have arrived:
    """yaml
    [ GET /flaky/2, GET /flaky/2, GET /flaky/2 ]
    """

  Scenario: After the last retry the error is handled
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    use: { retries: { twice: { delay: PT1S, limit: { attempt: { count: 2 } } } } }
    do:
      - attempt:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/flaky/9' } } } ]
          catch: { retry: twice, do: [ { give up: { set: { status: "${ $error.status }" } } } ] }
    """
    When the workflow is executed
    When 1 seconds pass
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    status: 503
    """
    And these calls should have arrived:
    """yaml
    [ GET /flaky/9, GET /flaky/9, GET /flaky/9 ]
    """

  Scenario: No retry begins after the duration of the limit
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/flaky/9' } } } ]
          catch: { retry: { delay: PT4S, limit: { duration: PT6S } } }
    """
    When the workflow is executed
    When 4 seconds pass
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 503
    """
    And these calls should have arrived:
    """yaml
    [ GET /flaky/9, GET /flaky/9 ]
    """

  Scenario: An error that does not meet the condition is not retried
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/status/400' } } } ]
          catch: { retry: { when: $error.status >= 500, delay: PT1S } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    """
    And these calls should have arrived:
    """yaml
    [ GET /status/400 ]
    """

  Scenario: The conditions of a catch see the error as their input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try: [ { fail: { raise: { error: { type: 'https://example.com/busy', status: 503 } } } } ]
          catch: { when: '${ .status == 503 }', exceptWhen: '${ .title == "fatal" }', do: [ { report: { set: { caught: true } } } ] }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: The conditions of a retry see the error as their input
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/flaky/1' } } } ]
          catch: { retry: { when: '${ .status == 503 }', delay: { seconds: 1 }, limit: { attempt: { count: 3 } } } }
    """
    When the workflow is executed
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    attempts: 2
    """

  Scenario: A shared retry policy calls the error by its own name
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    use: { retries: { unavailable: { when: '${ $error.status >= 500 }', delay: PT1S, limit: { attempt: { count: 2 } } } } }
    do:
      - guarded:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/flaky/1' } } } ]
          catch: { as: problem, retry: unavailable }
    """
    When the workflow is executed
    When 1 seconds pass
    Then the workflow should complete with output:
    """yaml
    attempts: 2
    """

  Scenario: A standard error type is the same under the present name of the specification
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try: [ { get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/status/404' } } } ]
          catch:
            errors: { with: { type: 'https://open-workflow-specification.org/spec/1.0.0/errors/communication', status: 404 } }
            do: [ { report: { set: { caught: true } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: The flow continues after a caught error where the catch says
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - guarded:
          try: [ { fail: { raise: { error: { type: 'https://example.com/e', status: 503 } } } } ]
          catch: { errors: { with: { status: 503 } }, then: after }
      - skipped: { raise: { error: { type: 'https://example.com/wrong', status: 500 } } }
      - after: { set: { ok: true } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
    And skipped should run 0 times
