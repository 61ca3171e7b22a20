# syntax=docker/dockerfile:1
# The GPU worker, from the repository's root:
#   docker build -f infra/worker.Dockerfile -t lora-worker .
# TORCH_BACKEND=cpu makes one for machines without a GPU. Models are not in it: the worker fetches them from the storage and keeps them.
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TORCH_BACKEND=cuda
WORKDIR /source
# Packages first: a layer that stays while only sources change.
COPY Directory.*.props Directory.*.targets global.json ./
COPY infra/build infra/build
COPY src/LoraFunctions.Contracts/*.csproj src/LoraFunctions.Contracts/
COPY src/LoraFunctions.Diffusion/*.csproj src/LoraFunctions.Diffusion/
COPY src/LoraFunctions.Imaging/*.csproj src/LoraFunctions.Imaging/
COPY src/LoraFunctions.Jobs/*.csproj src/LoraFunctions.Jobs/
COPY src/LoraFunctions.Pipeline/*.csproj src/LoraFunctions.Pipeline/
COPY src/LoraFunctions.Worker/*.csproj src/LoraFunctions.Worker/
RUN dotnet restore src/LoraFunctions.Worker -r linux-x64 -p:TorchBackend=${TORCH_BACKEND}
COPY src src
RUN dotnet publish src/LoraFunctions.Worker -c Release -r linux-x64 --self-contained false --no-restore -o /app -p:TorchBackend=${TORCH_BACKEND}
# libtorch and CUDA are gigabytes and change with TorchSharp only: a layer of their own, so that a release is a few megabytes to pull.
RUN mkdir /native && cd /app && find . -name '*.so*' -size +1M -exec cp --parents -t /native {} + -exec rm {} +

FROM mcr.microsoft.com/dotnet/runtime:10.0-noble
# What the container toolkit of NVIDIA asks for; the driver comes from the host.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
ENV Worker__Folder=/var/lora
RUN mkdir /var/lora && chown $APP_UID /var/lora
WORKDIR /app
COPY --from=build /native ./
COPY --from=build /app ./
USER $APP_UID
# The worker writes this file whenever it asks for a job and whenever a job moves.
HEALTHCHECK --interval=1m --timeout=5s --start-period=5m CMD test -n "$(find /var/lora/health -mmin -10)"
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "LoraFunctions.Worker.dll"]
CMD ["--loop"]
