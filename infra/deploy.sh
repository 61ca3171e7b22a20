#!/usr/bin/env bash
# Brings everything to Azure, step by step. Each step may be run again: it does what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat >&2 <<'TEXT'
usage: infra/deploy.sh STEP ENVIRONMENT GROUP [LOCATION]

  provision  the resource group and everything in it; costs cents a day while nothing runs
  publish    builds the worker's image and the Functions app and brings both there
  models     fetches Stable Diffusion 1.5 and CLIP (6 GB, once) and brings them and infra/config into the storage
  smoke      asks whether the app lives and whether the storage holds what a night needs
  down       removes the resource group with everything in it, photos and pictures too; asks first

ENVIRONMENT is dev or prod: infra/ENVIRONMENT.bicepparam. Needs the Azure CLI, signed in, and the .NET SDK. From the environment:
LORA_OPERATORS_GROUP, LORA_MARKETING_GROUP (object ids of Entra groups; models needs you to be in the first), LORA_API_CLIENT (client id
of the app registration the API is called with), LORA_ALERT_EMAIL.
TEXT
  exit 2
}

[ $# -ge 3 ] || usage
step=$1 environment=$2 group=$3 location=${4:-swedencentral}
[ -f "infra/$environment.bicepparam" ] || usage

output() { az deployment group show -g "$group" -n lora --query "properties.outputs.$1.value" -o tsv; }

lora() { dotnet run --project src/LoraFunctions.Cli -- "$@"; }

provision() {
  az group show -n "$group" -o none 2>/dev/null || az group create -n "$group" -l "$location" -o none
  az deployment group create -g "$group" -n lora -p "infra/$environment.bicepparam" --query properties.outputs -o json
}

publish() {
  local version image
  version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
  image="lora-worker:$version-$(git rev-parse --short HEAD)"
  az acr build -r "$(output registryName)" -t "$image" -f infra/worker.Dockerfile .
  LORA_WORKER_IMAGE=$image provision

  rm -rf artifacts/functions artifacts/functions.zip
  dotnet publish src/LoraFunctions -c Release -o artifacts/functions
  (cd artifacts/functions && zip -qr ../functions.zip .)
  az functionapp deployment source config-zip -g "$group" -n "$(output functionsApp)" --src artifacts/functions.zip
}

models() {
  local storage
  storage=$(output blobUri)
  # A container of the GPU job has 8 GiB for files: the file of 7.7 GB holds the weights twice, the one of 4.3 GB is enough to train on.
  mkdir -p artifacts
  sed -e 's/v1-5-pruned\.safetensors$/v1-5-pruned-emaonly.safetensors/' \
    -e 's/1a189f0be69d6106a48548e7626207dddd7042a418dbf372cefd05e0cdba61b6/6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa/' \
    infra/config/models.yaml > artifacts/models.yaml
  lora models pull --list artifacts/models.yaml --out models/azure
  lora models push models/azure/sd15 models/azure/clip --storage "$storage"
  lora config push infra/config --storage "$storage"
}

smoke() {
  local api
  api=$(output apiUrl)
  curl --fail --silent --show-error --max-time 60 "$api/api/health"
  echo
  az containerapp job show -g "$group" -n "$(output gpuJob)" --query '{job: name, image: properties.template.containers[0].image, state: properties.provisioningState}' -o table
}

down() {
  az group delete -n "$group"
}

case $step in
  provision | publish | models | smoke | down) "$step" ;;
  *) usage ;;
esac
