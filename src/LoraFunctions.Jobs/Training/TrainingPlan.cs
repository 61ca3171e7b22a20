using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Models;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Training.Data;

namespace LoraFunctions.Jobs.Training;

/// <summary>One model's training with everything read and checked, nothing computed yet.</summary>
/// <param name="Name">Of the LoRA and its file; unique among the models trained together.</param>
/// <param name="HeldOut">File names of the photos that are only measured.</param>
internal sealed record TrainingPlan(
    string Name,
    string DisplayName,
    TrainingRequest Request,
    TrainingConfiguration Configuration,
    PhotoSet Photos,
    IReadOnlySet<string> HeldOut)
{
    /// <summary>What file systems refuse, and what ends a name in <c>&lt;lora:name:strength&gt;</c>.</summary>
    private const string NotInNames = "/\\:*?\"<>|=";

    /// <summary>What the trainer is given, without what takes the base model: the pictures and its digest.</summary>
    public LoraTrainingRun Run =>
        new()
        {
            Name = Name,
            Options = Configuration.EffectiveOptions,
            OptionNames = TrainingKeys.OfOptions,
            Examples = [],
            Inputs = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["the digest of photos, captions and trigger_words"] = Photos.Digest,
                ["resolution"] = Configuration.Resolution.InYaml,
                ["buckets"] = KeyKinds.Text(Configuration.Buckets),
                ["bucket_step"] = KeyKinds.Text(Configuration.BucketStep),
                ["flip"] = KeyKinds.Text(Configuration.Flip),
                ["repeats"] = KeyKinds.Text(Configuration.Repeats),
                ["validation_share"] = KeyKinds.Text(Configuration.ValidationShare),
                ["precision"] = TrainingKeys.Precisions.First(p => p.Value == Configuration.Precision).Key,
            },
        };

    /// <summary>Reads and checks every request before anything is trained.</summary>
    /// <exception cref="InvalidJobInputException">All problems of all of them.</exception>
    public static IReadOnlyList<TrainingPlan> Read(
        IReadOnlyList<TrainingRequest> requests,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var configurations = requests.Select(r => Try(() => TrainingConfigurationReader.Read(r))).ToArray();
        var names = requests
            .Select(r => r.Name ?? Path.GetFileNameWithoutExtension(r.Configurations.LastOrDefault() ?? "lora"))
            .ToArray();
        foreach (var twice in names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add(
                $"{twice.Count()} models are called '{twice.Key}'; models trained together need different names (--name, or the YAML's "
                    + "file name).");
        }

        foreach (var name in names.Where(n => n.Length == 0 || n.Any(c => NotInNames.Contains(c) || char.IsControl(c))))
        {
            problems.Add(
                $"'{name}' is no name for a LoRA and its file; it may hold no {string.Join(' ', NotInNames)} (--name, or the YAML's file name).");
        }

        foreach (var name in names.Where(n => Path.GetFileNameWithoutExtension(TrainingJob.ControlFileName) == n))
        {
            problems.Add($"'{name}' is no name for a LoRA: {TrainingJob.ControlFileName} is a person's word (--name, or the YAML's file name).");
        }

        var known = configurations.OfType<TrainingConfiguration>().ToArray();
        foreach (var other in known.Skip(1).Where(c => c.BaseModel != known[0].BaseModel))
        {
            problems.Add($"base_model: models trained together share one; {known[0].BaseModel} and {other.BaseModel} differ.");
        }

        if (known.Select(c => c.Precision).Distinct().Count() > 1)
        {
            problems.Add("precision: models trained together share the base model and so its precision; give all of them the same.");
        }

        foreach (var twice in known.GroupBy(c => c.OutputDir, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add($"output_dir: {twice.Key} is named by {twice.Count()} models; give each its own.");
        }

        var models = new Problems();
        known.Select(c => c.BaseModel).Distinct(StringComparer.Ordinal).ToList().ForEach(path => BaseModels.Check(path, models));
        problems.AddRange(models.Lines);

        var photos = configurations.Select(c => c is null ? null : Try(() => PhotoSet.Load(c, progress, cancellationToken))).ToArray();
        if (problems.Count > 0)
        {
            throw new InvalidJobInputException(problems);
        }

        return
        [
            .. requests.Select(
                (request, i) =>
                    new TrainingPlan(
                        names[i],
                        request.DisplayName ?? photos[i]!.CommonName ?? names[i],
                        request,
                        configurations[i]!,
                        photos[i]!,
                        Data.HeldOut.Choose(
                            [.. photos[i]!.Photos.Select(p => p.FileName)],
                            configurations[i]!.ValidationShare,
                            configurations[i]!.Options.Seed))),
        ];

        T? Try<T>(Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (InvalidJobInputException exception)
            {
                problems.AddRange(exception.Problems);
                return null;
            }
        }
    }
}
