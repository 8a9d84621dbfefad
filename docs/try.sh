# For the examples of these documents. While `cargo dev` runs, or with SLUICE_DATA set to the folder that `infra/deploy` names,
# source this at the root of the repository:
#
#   . docs/try.sh
#
# It sets BASE_URL, KEY (an admin key), WORKFLOW and WEBHOOK_URL of the demo, from .sluice/demo.json, and defines
#   api PATH [option of curl]…   calls the API with the key
#   field NAME                   prints the first text of that name in the JSON that it reads
SLUICE_DATA=${SLUICE_DATA:-.sluice}
if [ ! -r "$SLUICE_DATA/demo.json" ]; then
  echo "There is no $SLUICE_DATA/demo.json: start \`cargo dev\` at the root of the repository first." >&2
fi

field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
# infra/deploy writes where it deployed; cargo dev listens here unless it is told otherwise.
BASE_URL=${BASE_URL:-$(field baseUrl <"$SLUICE_DATA/demo.json")}
BASE_URL=${BASE_URL:-http://127.0.0.1:8787}
api() {
  api_path=$1
  shift
  curl --silent --show-error "$BASE_URL$api_path" \
    --header "authorization: Bearer $KEY" --header 'content-type: application/json' "$@"
  echo
}

KEY=$(field adminKey <"$SLUICE_DATA/demo.json")
WORKFLOW=$(field workflowId <"$SLUICE_DATA/demo.json")
WEBHOOK_URL=$BASE_URL$(field webhookPath <"$SLUICE_DATA/demo.json")
