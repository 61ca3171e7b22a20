# syntax=docker/dockerfile:1
# The Functions app for a machine with containers; in Azure it is published as files. From the repository's root:
#   docker build -f infra/functions.Dockerfile -t lora-functions .
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source
COPY Directory.*.props Directory.*.targets global.json host.json ./
COPY infra/build infra/build
COPY src src
RUN dotnet publish src/LoraFunctions -c Release -o /app

FROM mcr.microsoft.com/azure-functions/dotnet-isolated:4-dotnet-isolated10.0
ENV AzureWebJobsScriptRoot=/home/site/wwwroot AzureFunctionsJobHost__Logging__Console__IsEnabled=true
COPY --from=build /app /home/site/wwwroot
