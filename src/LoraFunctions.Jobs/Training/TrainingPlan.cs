using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Models;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Training.Data;

namespace LoraFunctions.Jobs.Training;

/// <summary>A training with everything read and checked, nothing computed yet.</summary>
/// <param name="Name">Of the LoRA and its file.</param>
/// <param name="HeldOut">File names of the photos that are only measured.</param>
/// <param name="StartDigest">SHA-256 of the LoRA's file that it begins with; empty: of none.</param>
internal sealed record TrainingPlan(
    string Name,
    string DisplayName,
    TrainingRequest Request,
    TrainingConfiguration Configuration,
    PhotoSet Photos,
    IReadOnlySet<string> HeldOut,
    string StartDigest)
{
    /// <summary>What file systems refuse, and what ends a name in <c>&lt;lora:name:strength&gt;</c>.</summary>
    private const string NotInNames = "/\\:*?\"<>|=";

    public string CheckpointsFolder => Request.CheckpointsFolder ?? Path.Combine(Configuration.OutputDir, TrainingJob.CheckpointsFolder);

    public string ControlFile => Request.ControlFile ?? Path.Combine(Configuration.OutputDir, TrainingJob.ControlFileName);

    /// <summary>What the trainer is given, without what takes the base model: the pictures and its digest.</summary>
    public LoraTrainingRun Run =>
        new()
        {
            Name = Name,
            Options = Configuration.EffectiveOptions,
            OptionNames = TrainingKeys.OfOptions,
            Examples = [],
            StartDigest = StartDigest,
            Pictures = Photos.Photos.ToDictionary(p => p.FileName, p => p.Digest, StringComparer.Ordinal),
            Inputs = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["resolution"] = Configuration.Resolution.InYaml,
                ["buckets"] = KeyKinds.Text(Configuration.Buckets),
                ["bucket_step"] = KeyKinds.Text(Configuration.BucketStep),
                ["flip"] = KeyKinds.Text(Configuration.Flip),
                ["repeats"] = KeyKinds.Text(Configuration.Repeats),
                ["validation_share"] = KeyKinds.Text(Configuration.ValidationShare),
                ["precision"] = TrainingKeys.Precisions.First(p => p.Value == Configuration.Precision).Key,
            },
        };

    public LoraTrainingRun RunOn(StableDiffusionModel model, IReadOnlyList<TrainingExample> examples)
    {
        var run = Run;
        return run with
        {
            Examples = [.. examples.Where(e => !HeldOut.Contains(e.Name))],
            HeldOut = [.. examples.Where(e => HeldOut.Contains(e.Name))],
            Inputs = new Dictionary<string, string>(run.Inputs, StringComparer.Ordinal) { ["the digest of base_model"] = model.Sha256 },
        };
    }

    /// <exception cref="InvalidJobInputException">All problems of YAML, name, base model and photos.</exception>
    public static TrainingPlan Read(TrainingRequest request, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var problems = new Problems();
        var configuration = Try(() => TrainingConfigurationReader.Read(request));
        var name = request.Name ?? Path.GetFileNameWithoutExtension(request.Configurations.LastOrDefault() ?? "lora");
        if (name.Length == 0 || name.Any(c => NotInNames.Contains(c) || char.IsControl(c)))
        {
            problems.Add(
                $"'{name}' is no name for a LoRA and its file; it may hold no {string.Join(' ', NotInNames)} (--name, or the YAML's file name).");
        }

        if (Path.GetFileNameWithoutExtension(TrainingJob.ControlFileName) == name)
        {
            problems.Add($"'{name}' is no name for a LoRA: {TrainingJob.ControlFileName} is a person's word (--name, or the YAML's file name).");
        }

        if (configuration is not null)
        {
            BaseModels.Check(configuration.BaseModel, problems);
        }

        var photos = configuration is null ? null : Try(() => PhotoSet.Load(configuration, progress, cancellationToken));
        problems.ThrowIfAny();
        var heldOut = Data.HeldOut.Choose(
            [.. photos!.Photos.Select(p => p.FileName)], configuration!.ValidationShare, configuration.Options.Seed);
        var start = configuration.StartFrom.Length == 0 ? "" : Digests.OfBytes(File.ReadAllBytes(configuration.StartFrom));
        return new TrainingPlan(name, request.DisplayName ?? photos.CommonName ?? name, request, configuration, photos, heldOut, start);

        T? Try<T>(Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (InvalidJobInputException exception)
            {
                problems.Add(exception);
                return null;
            }
        }
    }
}
