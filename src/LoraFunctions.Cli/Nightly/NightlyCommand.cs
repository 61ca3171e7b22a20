using System.CommandLine;
using Azure.Storage.Blobs;
using LoraFunctions.Cli.Nightly.Demo;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Listings;

namespace LoraFunctions.Cli.Nightly;

/// <summary><c>lora nightly</c>: a whole night on this machine, on a storage that is there or on a demo's own.</summary>
internal static class NightlyCommand
{
    private const string DemoFolder = "demo";
    private const string NightFolder = "night";
    private const int LeastPhotos = 12;

    public static Command Create(CliConsole console)
    {
        var demo = new Option<bool>("--demo") { Description = "Bring everything along: a storage emulator, drawn cars, a small model." };
        var folder = new Option<string?>("--folder")
        {
            Description = $"Where state, log and copies of the results go. Default: {DemoFolder} or {NightFolder}.",
        };
        var baseModel = new Option<string?>("--base-model")
        {
            Description = "With --demo: Stable Diffusion 1.5, a .safetensors file (vocab.json and merges.txt beside it or in tokenizer/) or a "
                + "diffusers folder, instead of the small model.",
        };
        var models = new Option<int>("--models")
        {
            Description = $"With --demo: so many new car models, 1 to {CarModel.All.Count}.",
            DefaultValueFactory = _ => DemoListingsOptions.DefaultModels,
        };
        var photos = new Option<int>("--photos")
        {
            Description = $"With --demo: good photos of each car model, {LeastPhotos} or more; bad ones come on top.",
            DefaultValueFactory = _ => DemoListingsOptions.DefaultGoodPhotosPerModel,
        };
        var date = new Option<string?>("--date") { Description = "The night's date, yyyy-MM-dd. Default: today." };
        var storage = new Option<string?>("--storage") { Description = "Connection string of the storage account to work on." };
        var command = new Command("nightly", "Run a night: gate, labels, training, comparisons, asset library.")
        {
            demo,
            folder,
            baseModel,
            models,
            photos,
            date,
            storage,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isDemo = parsed.GetValue(demo);
            Check(isDemo, parsed.GetValue(storage), parsed.GetValue(baseModel), parsed.GetValue(date), parsed.GetValue(models), parsed.GetValue(photos));
            string place = Path.GetFullPath(parsed.GetValue(folder) ?? (isDemo ? DemoFolder : NightFolder));
            return isDemo
                ? await new DemoNight(console, place, parsed.GetValue(baseModel), parsed.GetValue(models), parsed.GetValue(photos)).RunAsync(parsed.GetValue(date), cancellationToken)
                : await new StorageNight(console, place, parsed.GetValue(storage)!).RunAsync(parsed.GetValue(date), cancellationToken);
        });
        return command;
    }

    private static void Check(bool demo, string? storage, string? baseModel, string? date, int models, int photos)
    {
        var problems = new List<string>();
        if (models < 1 || models > CarModel.All.Count)
        {
            problems.Add($"--models is {models}; the demo has 1 to {CarModel.All.Count} car models.");
        }

        if (photos < LeastPhotos)
        {
            problems.Add($"--photos is {photos}; a car model needs {LeastPhotos} or more for its views.");
        }

        if (demo == storage is not null)
        {
            problems.Add(demo
                ? "--demo and --storage are both given: the demo brings its own storage. Leave one of them out."
                : "Neither --demo nor --storage is given: say 'lora nightly --demo', or name the storage account's connection string.");
        }

        if (storage is not null && !IsConnectionString(storage))
        {
            problems.Add("--storage is no connection string; it looks like "
                + "'DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...', or is 'UseDevelopmentStorage=true'.");
        }

        if (baseModel is not null && !demo)
        {
            problems.Add("--base-model goes with --demo only: another storage has its models in the container base-models "
                + "(configuration Nightly:BaseModel names one).");
        }

        if (baseModel is not null && !File.Exists(baseModel) && !Directory.Exists(baseModel))
        {
            problems.Add($"--base-model: there is no base model at '{baseModel}' (looked for the file or folder "
                + $"{Path.GetFullPath(baseModel)}). Give a .safetensors file or a diffusers folder.");
        }

        if (date is not null && !NightSchedule.IsDate(date))
        {
            problems.Add($"--date is '{date}'; it must be written yyyy-MM-dd, e.g. 2025-03-01.");
        }

        if (problems.Count > 0)
        {
            throw new InvalidJobInputException(problems);
        }
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new BlobServiceClient(text);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
