#!/usr/bin/env bash
# Rehearses a release with the functions that are built: makes its files, checks them, lints the templates, synthesises the CDK
# example over them, and reads the Terraform example beside them.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
architecture=${1:-x86_64}

.ci/release "$architecture" "$work/dist"
(cd "$work/dist" && sha256sum --check --quiet SHA256SUMS)
for zip in "$work"/dist/*.zip; do
  python3 -m zipfile --list "$zip" | grep -q '^bootstrap ' || { echo "$zip has no bootstrap"; exit 1; }
done
python3 -c 'import json, sys; bom = json.load(open(sys.argv[1])); assert len(bom["components"]) > 50, bom' "$work/dist/sbom.cdx.json"
AWS_DEFAULT_REGION=eu-central-1 "$(.ci/tool sam)/cfn-lint" "$work/dist/data.yaml" "$work/dist/template.yaml"
"$(.ci/tool sam)/python3" tests/gradual.py "$work/dist/template.yaml"
"$(.ci/tool hcl2)/python3" tests/terraform.py infra/examples/terraform/main.tf "$work/dist"

modules=target/tools/cdk
mkdir -p "$modules"
cp infra/examples/cdk/* "$modules"
npm install --prefix "$modules" --silent --no-audit --no-fund --no-package-lock
(cd "$modules" && CDK_OUTDIR="$work/cdk" CDK_CONTEXT_JSON="{\"templates\": \"$work/dist\"}" node app.js >"$work/cdk.log" 2>&1) ||
  { cat "$work/cdk.log"; exit 1; }
python3 - "$work/cdk" <<'END'
import json, sys
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.template.json"))
data, application = read("SluiceData"), read("Sluice")
functions = [each for each in application["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
assert len(functions) >= 6 and all("Bucket" in each["Properties"]["CodeUri"] for each in functions), functions
integrations = [each["Properties"] for each in application["Resources"].values() if each["Type"] == "AWS::ApiGatewayV2::Integration"]
assert integrations and all(".Alias" in json.dumps(each["IntegrationUri"]) for each in integrations), integrations
assert any("ImportValue" in json.dumps(each) for each in application["Resources"].values()), "the tables are not passed on"
print(f"   the CDK example has {len(data['Resources'])} and {len(application['Resources'])} resources")
END
