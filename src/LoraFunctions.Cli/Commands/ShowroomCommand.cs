using System.CommandLine;
using System.Text.Json;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Training.Log;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Listings;
using LoraFunctions.Showroom.Pretraining;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora showroom</c>: drawn listings in a folder; the small models that the demo comes with, made anew.</summary>
internal static class ShowroomCommand
{
    private static readonly DateTimeOffset s_listedAt = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Command Create(CliConsole console) =>
        new("showroom", "The demo's drawn cars, and the small models made from them.") { Draw(console), Pretrain(console) };

    private static Command Draw(CliConsole console)
    {
        var output = new Option<string>("--out") { Description = "Folder that gets a folder a listing.", DefaultValueFactory = _ => "showroom" };
        var models = new Option<int>("--models")
        {
            Description = $"Car models, 1 to {CarModel.All.Count}.",
            DefaultValueFactory = _ => DemoListingsOptions.DefaultModels,
        };
        var photos = new Option<int>("--photos")
        {
            Description = "Good photos of each; bad ones come on top.",
            DefaultValueFactory = _ => DemoListingsOptions.DefaultGoodPhotosPerModel,
        };
        var seed = new Option<int>("--seed") { Description = "Of everything that varies.", DefaultValueFactory = _ => DemoListingsOptions.DefaultSeed };
        var command = new Command("draw", "Draw the demo's listings: photos and vehicle.json.") { output, models, photos, seed };
        command.SetAction(parsed =>
        {
            string folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            var options = new DemoListingsOptions
            {
                ListedAt = s_listedAt,
                Models = parsed.GetValue(models),
                GoodPhotosPerModel = parsed.GetValue(photos),
                Seed = parsed.GetValue(seed),
            };
            IReadOnlyList<DemoListing> listings = AsInput(() => DemoListings.WriteTo(folder, options));
            console.Line($"{listings.Count} listings with {listings.Sum(listing => listing.Photos.Count)} photos: {folder}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Pretrain(CliConsole console)
    {
        var stage = new Option<string>("--stage") { Description = $"One of {string.Join(", ", Pretrainer.Stages)}, in this order.", Required = true };
        var folder = new Option<string>("--folder")
        {
            Description = "Keeps state, log, sheets and the models; the same folder for every stage.",
            DefaultValueFactory = _ => "pretraining",
        };
        var from = new Option<string?>("--from") { Description = "With a UNet stage: a diffusers folder of the same shape to start from." };
        var steps = new Option<int?>("--steps") { Description = "In all, over every run. Default: the stage's own." };
        var minutes = new Option<int?>("--minutes") { Description = "Save and end after so many; the same command goes on." };
        var pictures = new Option<int>("--pictures") { Description = "Different pictures to learn from.", DefaultValueFactory = _ => 30_000 };
        var seed = new Option<int>("--seed") { Description = "Of weights, pictures and noise.", DefaultValueFactory = _ => 1 };
        var command = new Command("pretrain", "Make the demo's base model and its CLIP from drawn pictures, stage by stage.")
        {
            stage, folder, from, steps, minutes, pictures, seed,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new PretrainingOptions
            {
                Folder = Path.GetFullPath(parsed.GetRequiredValue(folder)),
                From = parsed.GetValue(from),
                Steps = parsed.GetValue(steps),
                Time = parsed.GetValue(minutes) is { } most ? TimeSpan.FromMinutes(most) : null,
                Pictures = parsed.GetValue(pictures),
                Seed = parsed.GetValue(seed),
            };
            string name = parsed.GetRequiredValue(stage);
            PretrainingResult result = AsInput(() => Pretrainer.Run(name, options, new Lines(console), cancellationToken));
            Plot(options.Folder, name);
            console.Line($"{name}: {result.Sentence}");
            console.Line(result.Finished
                ? result.Passed ? "The stage is done and passed." : "The stage is done, but did not pass: train it longer before the next."
                : $"Ended at step {result.Step}; the same command goes on from there.");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    /// <summary>The losses of the log's lines of this stage; a line said again after a resumption counts once.</summary>
    private static void Plot(string folder, string stage)
    {
        var losses = new SortedDictionary<int, double>();
        foreach (JsonElement line in File.ReadLines(Path.Combine(folder, "log.jsonl")).Select(text => JsonSerializer.Deserialize<JsonElement>(text)))
        {
            if (line.GetProperty("stage").GetString() == stage && line.TryGetProperty("loss", out JsonElement loss))
            {
                losses[line.GetProperty("step").GetInt32()] = loss.GetDouble();
            }
        }

        File.WriteAllBytes(
            Path.Combine(folder, $"{stage}.loss.png"), ImageCodec.EncodePng(LossPlot.Draw(stage, [.. losses.Select(item => (item.Key, item.Value))])));
    }

    private static T AsInput<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InvalidJobInputException(exception.Message, exception);
        }
    }

    private sealed class Lines(CliConsole console) : IProgress<string>
    {
        public void Report(string value) => console.Line(value);
    }
}
