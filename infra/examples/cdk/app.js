// Sluice as two stacks of a CDK app, over the templates of a release. The functions' zips are in a bucket of yours.
//
//   npm install && npx cdk deploy --all -c templates=../../../dist -c bucket=my-bucket -c prefix=sluice/
//
// CI synthesises it (.ci/release); it has not been deployed.
const fs = require('fs');
const os = require('os');
const path = require('path');
const { App, Stack, Tags } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');

const app = new App();
const context = (name, otherwise) => app.node.tryGetContext(name) ?? otherwise;
const stage = context('stage', 'dev');
const templates = context('templates', '../../../dist');
const name = `sluice-${stage}`;

const dataStack = new Stack(app, 'SluiceData', { stackName: `${name}-data`, terminationProtection: true });
const data = new CfnInclude(dataStack, 'Template', {
  templateFile: path.join(templates, 'data.yaml'),
  parameters: { Application: name },
});

// Each output of the data is a parameter of the application.
const outputs = {};
for (const output of [
  'ConfigTable', 'ConfigTableArn', 'RunsTable', 'RunsTableArn', 'RecordsTable', 'RecordsTableArn', 'KeyArn', 'SecretsKeyArn',
  'FilesBucket', 'FilesBucketArn', 'FilesDomain',
]) {
  outputs[output] = data.getOutput(output).value;
}

// CfnInclude knows no alias of a function, which the transform makes; within a text it passes one on.
const text = fs.readFileSync(path.join(templates, 'template.yaml'), 'utf8');
const templateFile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'sluice-')), 'template.yaml');
fs.writeFileSync(templateFile, text.replace(/!Ref (\w+\.Alias)/g, '!Sub ${$1}'));

const applicationStack = new Stack(app, 'Sluice', { stackName: name });
new CfnInclude(applicationStack, 'Template', {
  templateFile,
  // A function names the alarms that roll it back, and they name the function; the transform makes two resources of it.
  allowCyclicalReferences: true,
  parameters: {
    ...outputs,
    Architecture: context('architecture', 'arm64'),
    CodeBucket: context('bucket', 'my-bucket'),
    CodePrefix: context('prefix', ''),
  },
});

// The functions have the tag of their stack. One of their own would be a changed property, for which Lambda publishes no version.
Tags.of(app).add('sluice:stage', stage, { excludeResourceTypes: ['AWS::Serverless::Function'] });
