Feature: Schemas
  Inputs, outputs and exports are checked against their schemas.

  Scenario: Input that matches its schema is accepted
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    input:
      schema: { format: json, document: { type: object, required: [ n ], properties: { n: { type: integer } } } }
      from: "{ n }"
    do:
      - keep: { set: "${ . }" }
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: Workflow input is checked before it is transformed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    input:
      schema: { document: { properties: { n: { type: integer } } } }
      from: "{}"
    do:
      - keep: { set: { kept: true } }
    """
    And given the workflow input is:
    """yaml
    n: text
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    title: Validation Error
    instance: /input/schema
    detail: 'the input does not match its schema: /n is not of type "integer"'
    """

  Scenario: Task input is checked before it is transformed, and the error can be caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - attempt:
          try:
            - strict:
                input: { schema: { format: json, document: { required: [ id ] } }, from: .missing }
                set: { never: true }
          catch:
            errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/validation' } }
            do: [ { report: { set: { where: "${ $error.instance }" } } } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    where: /do/0/attempt/try/0/strict
    """

  Scenario: Task output is checked after it is transformed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - give:
          set: { n: 1 }
          output: { as: .n, schema: { format: json, document: { type: string } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/give
    detail: 'the output does not match its schema: value is not of type "string"'
    """

  Scenario: The export of a task is checked against its schema
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    do:
      - give:
          set: { n: 1 }
          export: { as: "{ n }", schema: { format: json, document: { required: [ n, m ] } } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/give
    detail: 'the context does not match its schema: "m" is a required property'
    """

  Scenario: Workflow output is checked after it is transformed
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    output: { as: "{ total: .n }", schema: { format: json, document: { properties: { total: { minimum: 10 } } } } }
    do:
      - give: { set: { n: 1 } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /output/schema
    detail: 'the output does not match its schema: /total is less than the minimum of 10'
    """

  Scenario: External schemas and invalid schemas are refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.0', namespace: tests, name: scenario, version: '1.0.0' }
    input: { schema: { format: json, resource: { endpoint: https://mock-server.example/schema } } }
    do:
      - a:
          set: { n: 1 }
          output: { schema: { format: avro, document: {} } }
          export: { schema: { format: json, document: { properties: { a: { $ref: 'https://mock-server.example/schema' } } } } }
      - b:
          set: { n: 1 }
          input: { schema: { format: json, document: { type: text } } }
    """
    When the workflow is executed
    Then the workflow should be refused with problems:
    """yaml
    - { pointer: /input/schema/resource, line: 2, reason: external schemas are not supported }
    - { pointer: /do/0/a/output/schema/format, line: 6, reason: json }
    - { pointer: /do/0/a/export/schema/document/properties/a/$ref, line: 7, reason: within the schema }
    - { pointer: /do/1/b/input/schema/document/type, line: 10, reason: text }
    """
