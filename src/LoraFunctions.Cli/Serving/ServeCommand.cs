using System.CommandLine;
using System.Security.Cryptography;
using LoraFunctions.Cli.Nightly;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Showroom;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.Cli.Serving;

/// <summary><c>lora serve</c>: the HTTP interface on this machine, with engine and worker behind it.</summary>
internal static class ServeCommand
{
    private const int UsualPort = 7171;
    private const int TokenBytes = 24;
    private const int MostPort = 65_535;

    public static Command Create(CliConsole console)
    {
        var folder = new Option<string>("--folder") { Description = "Of an earlier 'lora nightly', or a new one: storage, configuration, log.", DefaultValueFactory = _ => "night" };
        var baseModel = new Option<string?>("--base-model") { Description = "Stable Diffusion 1.5: a .safetensors file or a diffusers folder. Default: the small model that comes along." };
        var clip = new Option<string?>("--clip") { Description = "A CLIP in HF layout. Default: the one that comes along." };
        var minPhotos = new Option<int?>("--min-photos") { Description = "So many fit photos make a car model trainable." };
        var port = new Option<int>("--port") { Description = "On 127.0.0.1; 0 takes a free one.", DefaultValueFactory = _ => UsualPort };
        var printOpenApi = new Option<bool>("--print-openapi") { Description = "Print the OpenAPI document and end." };
        var command = new Command("serve", "Answer the HTTP interface on this machine: trainings and comparisons on demand, nights, library.")
        {
            folder, baseModel, clip, minPhotos, port, printOpenApi,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(printOpenApi))
            {
                console.Line(ContractJson.SerializeIndented(Document()));
                return ExitCodes.Success;
            }

            if (parsed.GetValue(port) is < 0 or > MostPort)
            {
                throw new InvalidJobInputException($"--port is {parsed.GetValue(port)}; it must be from 0 to {MostPort}.");
            }

            var models = new LocalModels(parsed.GetValue(baseModel), parsed.GetValue(clip) ?? ShowroomModels.Clip);
            models.Check();
            var storage = new LocalStorage(console, Path.GetFullPath(parsed.GetRequiredValue(folder)), models, parsed.GetValue(minPhotos));
            await using OpenNight open = await storage.OpenAsync(cancellationToken);
            string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
            await open.Night.ServeAsync(parsed.GetValue(port), token, new PlainNightDisplay(console, TimeProvider.System), Say, cancellationToken);
            return ExitCodes.Success;

            void Say(Uri address)
            {
                // Past the redaction of secrets: whoever started it is to have it, and it ends with the process.
                console.Out.Profile.Out.Writer.WriteLine($"Listening on {new Uri(address, LoraApi.Prefix)}; Ctrl-C ends it. Send with every request:");
                console.Out.Profile.Out.Writer.WriteLine($"Authorization: Bearer {token}");
            }
        });
        return command;
    }

    /// <summary>The document needs no storage, only the table of calls.</summary>
    private static System.Text.Json.Nodes.JsonObject Document()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("LoraStorage:ConnectionString", "UseDevelopmentStorage=true")])
            .Build();
        using ServiceProvider services = new ServiceCollection().AddSingleton(configuration).AddLoraPipeline().BuildServiceProvider();
        return services.GetRequiredService<LoraApi>().Document;
    }
}
