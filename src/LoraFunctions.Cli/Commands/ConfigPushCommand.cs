using System.CommandLine;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Pipeline.Configuration;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora config push</c>: a folder of configuration into a night's storage, checked as the night would check it.</summary>
internal static class ConfigPushCommand
{
    public static Command Create(CliConsole console)
    {
        var folder = new Argument<string>("folder")
        {
            Description = $"A folder with {BlobNames.TrainingDefaults}, {BlobNames.LabelTable}, {BlobNames.Comparisons} and, where wanted, "
                + $"{BlobNames.BrandSafety} and training/MODELKEY.yaml.",
        };
        var storage = StorageOption.Create();
        var command = new Command("push", "Bring the configuration of nights into their storage; what differs there is replaced.") { folder, storage };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await RunAsync(console, parsed.GetRequiredValue(folder), parsed.GetRequiredValue(storage), cancellationToken);
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task RunAsync(CliConsole console, string folder, string storage, CancellationToken cancellationToken)
    {
        var problems = new Problems();
        var options = StorageOption.Read(storage, problems);
        var files = Files(folder, problems);
        problems.ThrowIfAny();

        var blobs = new BlobStore(StorageClients.Blobs(options!));
        await StorageOption.ReachAsync(blobs.Uri, () => blobs.EnsureContainersAsync(cancellationToken, ContainerNames.Config));
        foreach (var (name, path) in files)
        {
            var pushed = await ConfigurationFiles.PushAsync(blobs, name, path, cancellationToken);
            console.Line($"{ContainerNames.Config}/{name}: {(pushed ? "pushed" : "is there already")}");
        }
    }

    private static SortedDictionary<string, string> Files(string folder, Problems problems)
    {
        if (!Directory.Exists(folder))
        {
            problems.Add($"There is no folder {Path.GetFullPath(folder)}.");
            return [];
        }

        var files = ConfigurationFiles.In(folder);
        foreach (var name in new[] { BlobNames.TrainingDefaults, BlobNames.LabelTable, BlobNames.Comparisons }.Where(name => !files.ContainsKey(name)))
        {
            problems.Add($"{folder}: {name} is missing; a night needs it.");
        }

        foreach (var (name, path) in files)
        {
            try
            {
                Check(name, path, files);
            }
            catch (InvalidJobInputException exception)
            {
                // A car model's own file is read over the defaults, whose problems are told already.
                exception.Problems.Where(problem => !problems.Lines.Contains(problem)).ToList().ForEach(problems.Add);
            }
        }

        return files;
    }

    private static void Check(string name, string path, SortedDictionary<string, string> files)
    {
        ConfigurationFiles.Check(name, path);
        if (name == BlobNames.LabelTable)
        {
            LabelTableReader.Read(path);
        }
        else if (ConfigurationFiles.IsTraining(name))
        {
            // The night itself names folders and model; here stands what is there, so that only the file's own keys are judged.
            string[] layers = name == BlobNames.TrainingDefaults || !files.TryGetValue(BlobNames.TrainingDefaults, out var defaults) ? [path] : [defaults, path];
            TrainingConfigurationReader.Read(new TrainingRequest
            {
                Configurations = layers,
                Name = Path.GetFileNameWithoutExtension(path),
                TrainDataDir = Path.GetDirectoryName(path),
                MetadataPath = path,
                BaseModel = path,
                OutputDir = Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "out"),
            });
        }
    }
}
