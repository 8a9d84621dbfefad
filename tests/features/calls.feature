Feature: Calls
  Calls over HTTP: the request, its authentication, and the output from the response.

  Scenario: Method, headers, query and body are sent
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - post:
          call: http
          with:
            method: post
            endpoint: https://mock-server.example/echo
            headers: { x-order: "${ .order }" }
            query: { page: 2, name: "${ .name }" }
            body: { order: "${ .order }" }
          output: { as: "{ method, query, body, header: .headers[\"x-order\"], type: .headers[\"content-type\"] }" }
    """
    And given the workflow input is:
    """yaml
    { order: o1, name: a b }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { method: POST, query: 'page=2&name=a+b', body: { order: o1 }, header: o1, type: application/json }
    """

  Scenario: Every call of an execution has its own idempotency key
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - first: { call: http, with: { method: get, endpoint: 'https://mock-server.example/echo' }, output: { as: "{ first: .headers[\"idempotency-key\"] }" } }
      - second: { call: http, with: { method: get, endpoint: 'https://mock-server.example/echo' }, output: { as: "{ first: $input.first, second: .headers[\"idempotency-key\"] }" } }
      - compare: { set: { differ: "${ .first != .second }", path: "${ .second | sub(\"^[^/]*\"; \"\") }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { differ: true, path: /do/1/second/1 }
    """

  Scenario: The output can be the raw body
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/status/200', output: raw } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    eyJzdGF0dXMiOiIyMDAifQ==
    """

  Scenario: The output can have the status and headers of the response
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get:
          call: http
          with: { method: get, endpoint: 'https://mock-server.example/status/201', output: response }
          output: { as: "{ statusCode, content, type: .headers[\"content-type\"], method: .request.method }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { statusCode: 201, content: { status: '201' }, type: application/json, method: GET }
    """

  Scenario: A status other than 2xx is a communication error with that status
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/status/404' } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 404
    instance: /do/0/get
    """

  Scenario: A redirect is an error unless the document accepts it
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/redirect/302' } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 302
    """
    And these calls should have arrived:
    """yaml
    [ GET /redirect/302 ]
    """

  Scenario: A call can use basic authentication
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get:
          call: http
          with:
            method: get
            endpoint:
              uri: https://mock-server.example/basic-auth/{user}/{password}
              authentication: { basic: { username: "${ .user }", password: "${ .password }" } }
    """
    And given the workflow input is:
    """yaml
    { user: ann, password: secret }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    authenticated: true
    """

  Scenario: A call can use a bearer token from a reusable authentication
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    use: { authentications: { service: { bearer: { token: "${ .token }" } } } }
    do:
      - get: { call: http, with: { method: get, endpoint: { uri: 'https://mock-server.example/bearer/t1', authentication: { use: service } } } }
    """
    And given the workflow input is:
    """yaml
    token: t1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    authenticated: true
    """

  Scenario: A digest answers the challenge of the server
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get:
          call: http
          with: { method: get, endpoint: { uri: 'https://mock-server.example/digest', authentication: { digest: { username: ann, password: secret } } } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    authenticated: true
    """
    And these calls should have arrived:
    """yaml
    [ GET /digest, GET /digest ]
    """

  Scenario: A call with OAuth2 requests a token first
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get:
          call: http
          with:
            method: get
            endpoint:
              uri: https://mock-server.example/bearer/client_credentials
              authentication:
                oauth2:
                  authority: https://mock-server.example
                  endpoints: { token: /token }
                  grant: client_credentials
                  client: { id: me, secret: hidden }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    authenticated: true
    """
    And these calls should have arrived:
    """yaml
    [ POST /token, GET /bearer/client_credentials ]
    """

  Scenario: Wrong credentials are an error
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get:
          call: http
          with: { method: get, endpoint: { uri: 'https://mock-server.example/bearer/right', authentication: { bearer: { token: wrong } } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 401
    """

  Scenario: An operation is called with the method, path and parameters of its OpenAPI description
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - find:
          call: openapi
          with:
            document: { endpoint: 'https://mock-server.example/v2/swagger.json' }
            operationId: getPetById
            parameters: { petId: 7 }
          output: { as: "{ id }" }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 7
    """
    And these calls should have arrived:
    """yaml
    [ GET /v2/swagger.json, GET /v2/pet/7 ]
    """

  Scenario: A reusable function is called with arguments from several tasks
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    use:
      functions:
        pet:
          call: http
          with: { method: get, endpoint: 'https://mock-server.example/v2/pet/{petId}' }
    do:
      - first: { call: pet, with: { petId: 1 }, output: { as: "{ first: .id }" } }
      - second: { call: pet, with: { petId: 2 }, output: { as: "$input + { second: .id }" } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    { first: 1, second: 2 }
    """

  Scenario: An emitted event has the attributes that CloudEvents requires
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - tell: { emit: { event: { with: { source: 'https://mock-server.example', type: order.placed, subject: "${ .order }", data: { n: 1 } } } } }
    """
    And given the workflow input is:
    """yaml
    order: o1
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'time', 'source', 'type', 'subject', 'data.n'
    And the workflow output should have a 'specversion' property with value:
    """yaml
    '1.0'
    """
    And the workflow output should have a 'subject' property with value:
    """yaml
    o1
    """

  Scenario: A response with a byte order mark is JSON
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/byte-order-mark' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    marked: true
    """

  Scenario: A response with a number beyond the range of a double is JSON
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/large-number' }, output: { as: '${ .distance > 1000 }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    true
    """

  Scenario: Half a surrogate pair in a response becomes the replacement character
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - get: { call: http, with: { method: get, endpoint: 'https://mock-server.example/lone-surrogate' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: "\uFFFD"
    """

  Scenario: An event without a source has the identity of its workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - tell: { emit: { event: { with: { type: order.placed } } }, output: { as: '${ { source } }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    source: /tests/scenario/1.0.0
    """
