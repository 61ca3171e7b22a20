using System.CommandLine;
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
        var photos = new Option<string?>("--photos")
        {
            Description = "A folder with a folder of photos for each car, with or without vehicle.json; without, the folder's name names the car.",
        };
        var baseModel = new Option<string?>("--base-model")
        {
            Description = "Stable Diffusion 1.5: a .safetensors file (vocab.json and merges.txt beside it or in tokenizer/) or a diffusers folder. "
                + "With --demo: instead of the small model.",
        };
        var clip = new Option<string?>("--clip") { Description = "With --photos: a CLIP in HF layout that captions the photos. Default: name and features only." };
        var minPhotos = new Option<int?>("--min-photos")
        {
            Description = $"With --photos: so many fit photos make a car model trainable. Default: {NightlyOptions.DefaultMinPhotos}.",
        };
        var models = new Option<int>("--models")
        {
            Description = $"With --demo: so many new car models, 1 to {CarModel.All.Count}.",
            DefaultValueFactory = _ => DemoListingsOptions.DefaultModels,
        };
        var photosPerModel = new Option<int>("--photos-per-model")
        {
            Description = $"With --demo: good photos of each car model, {LeastPhotos} or more; bad ones come on top.",
            DefaultValueFactory = _ => DemoListingsOptions.DefaultGoodPhotosPerModel,
        };
        var date = new Option<string?>("--date") { Description = "The night's date, yyyy-MM-dd. Default: today." };
        var storage = new Option<string?>("--storage")
        {
            Description = "Connection string of the storage account to work on, with the models and the configuration that are there. With --photos: where those are brought.",
        };
        var plan = new Option<bool>("--plan") { Description = "Say what the night would do, how long it would take and what it would cost, and do nothing." };
        var gpuPrice = new Option<double?>("--gpu-price") { Description = "With --storage and --plan: of one GPU an hour, by your region's price list." };
        var command = new Command("nightly", "Run a night: gate, labels, training, comparisons, asset library.")
        {
            demo,
            photos,
            folder,
            baseModel,
            clip,
            minPhotos,
            models,
            photosPerModel,
            date,
            storage,
            plan,
            gpuPrice,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = new Given(
                parsed.GetValue(demo),
                parsed.GetValue(photos),
                parsed.GetValue(storage),
                parsed.GetValue(baseModel),
                parsed.GetValue(clip),
                parsed.GetValue(minPhotos),
                parsed.GetValue(date),
                parsed.GetValue(models),
                parsed.GetValue(photosPerModel),
                parsed.GetValue(plan),
                parsed.GetValue(gpuPrice));
            given.Check();
            string place = Path.GetFullPath(parsed.GetValue(folder) ?? (given.Demo ? DemoFolder : NightFolder));
            return given switch
            {
                { Demo: true } => await new DemoNight(console, place, given.BaseModel, given.Models, given.PhotosPerModel).RunAsync(given.Date, cancellationToken),
                { Storage: { } connection } => await new StorageNight(console, place, connection, given.Photos, given.GpuPrice)
                    .RunAsync(given.Date, given.Plan, cancellationToken),
                _ => await new LocalNight(console, place, Path.GetFullPath(given.Photos!), new LocalModels(given.BaseModel, given.Clip), given.MinPhotos)
                    .RunAsync(given.Date, given.Plan, cancellationToken),
            };
        });
        return command;
    }

    /// <summary>What stands on the command line.</summary>
    private sealed record Given(
        bool Demo, string? Photos, string? Storage, string? BaseModel, string? Clip, int? MinPhotos, string? Date, int Models, int PhotosPerModel, bool Plan, double? GpuPrice)
    {
        /// <exception cref="InvalidJobInputException">Something does not go together; all of it is named.</exception>
        public void Check()
        {
            var problems = new Problems();
            Require(problems, Models is >= 1 && Models <= CarModel.All.Count, $"--models is {Models}; the demo has 1 to {CarModel.All.Count} car models.");
            Require(problems, PhotosPerModel >= LeastPhotos, $"--photos-per-model is {PhotosPerModel}; a car model needs {LeastPhotos} or more for its views.");
            Require(problems, MinPhotos is null or >= 1, $"--min-photos is {MinPhotos}; it must be 1 or more.");
            string[] places = [.. new[] { (Demo, "--demo"), (Photos is not null, "--photos"), (Storage is not null, "--storage") }.Where(p => p.Item1).Select(p => p.Item2)];
            Require(problems, places.Length > 0, "Neither --demo nor --photos nor --storage is given: say 'lora nightly --demo', name a folder of cars, or the storage account's connection string.");
            Require(problems, !Demo || places.Length == 1, $"{string.Join(" and ", places)} are both given: each brings its own photos. Leave one of them out.");
            Require(problems, !(Demo && Plan), "--plan goes with --photos and --storage: a demo draws its cars first.");
            Require(problems, Storage is null || StorageOption.IsConnectionString(Storage),
                "--storage is no connection string; it looks like 'DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...', or is 'UseDevelopmentStorage=true'.");
            Require(problems, Photos is null || Directory.Exists(Photos), $"--photos: there is no folder {Photos}.");
            Require(problems, Photos is null || Storage is not null || BaseModel is not null,
                "--base-model is missing: a real Stable Diffusion 1.5 that your photos are trained on; 'lora models pull' fetches one.");
            Require(problems, BaseModel is null || Storage is null || Demo,
                "--base-model goes with --demo and --photos alone: another storage has its models in the container base-models (configuration Nightly:BaseModel names one).");
            Require(problems, (Clip is null && MinPhotos is null) || (Photos is not null && Storage is null),
                "--clip and --min-photos go with --photos alone; another storage's night has the settings Nightly__Clip and Nightly__MinPhotos.");
            Require(problems, GpuPrice is null || (Storage is not null && Plan), "--gpu-price goes with --storage and --plan.");
            Require(problems, GpuPrice is null or (>= 0 and < double.PositiveInfinity), $"--gpu-price is {GpuPrice}; it must be 0 or more.");
            Require(problems, Clip is null || File.Exists(Path.Combine(Clip, "config.json")), $"--clip: there is no CLIP in {Clip}; it has no config.json.");
            Require(problems, BaseModel is null || File.Exists(BaseModel) || Directory.Exists(BaseModel),
                $"--base-model: there is no base model at '{BaseModel}' (looked for the file or folder {Path.GetFullPath(BaseModel ?? ".")}). Give a .safetensors file or a diffusers folder.");
            Require(problems, Date is null || NightSchedule.IsDate(Date), $"--date is '{Date}'; it must be written yyyy-MM-dd, e.g. 2025-03-01.");
            problems.ThrowIfAny();
        }

        private static void Require(Problems problems, bool met, string problem)
        {
            if (!met)
            {
                problems.Add(problem);
            }
        }
    }
}
