using Azure.Core.Serialization;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);

// Histories, activities and messages carry the same JSON as blobs and queues do.
builder.Services.Configure<WorkerOptions>(options => options.Serializer = new JsonObjectSerializer(ContractJson.Options));

builder.Services.AddLoraPipeline();
builder.Services
    .AddLoraTelemetry("lora-functions", builder.Configuration[Telemetry.ConnectionStringKey], builder.Configuration[$"{StorageOptions.Section}:{nameof(StorageOptions.ClientId)}"])
    ?.UseFunctionsWorkerDefaults();
builder.ConfigureDurableWorker().AddTasks(PipelineTasks.Add);

builder.Build().Run();
