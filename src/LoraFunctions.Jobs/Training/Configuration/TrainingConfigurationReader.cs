using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>Training YAML to <see cref="TrainingConfiguration"/>: every problem of every file in one exception.</summary>
public static class TrainingConfigurationReader
{
    /// <param name="files">At least one; later ones override earlier ones key by key.</param>
    /// <exception cref="InvalidJobInputException">Anything is wrong; each problem with file, line and key.</exception>
    public static TrainingConfiguration Read(IReadOnlyList<string> files) => Read(new TrainingRequest { Configurations = files });

    /// <exception cref="InvalidJobInputException">Anything is wrong; each problem with file, line and key.</exception>
    public static TrainingConfiguration Read(TrainingRequest request)
    {
        if (request.Configurations.Count == 0)
        {
            throw new InvalidJobInputException("No training configuration is given; name at least one YAML file.");
        }

        var problems = new Problems();
        var entries = new Dictionary<string, (YamlNode Value, string File)>(StringComparer.Ordinal);
        foreach (var file in request.Configurations)
        {
            foreach (var (key, value) in YamlFile.ReadMapping(file, problems) ?? [])
            {
                var name = key is YamlScalarNode { Value: { } text } ? text : key.ToString();
                if (TrainingKeys.All.All(k => k.Name != name))
                {
                    var hint = KohyaNames.Find(name) is { } ours
                        ? $" sd-scripts' {name} is {ours} here."
                        : NearestName.Hint(name, TrainingKeys.All.Select(k => k.Name));
                    problems.Add(
                        YamlFile.PlaceOf(file, key),
                        name,
                        $"there is no such key.{hint} 'lora config explain' lists them all.");
                }

                entries[name] = (value, file);
            }
        }

        var filesRead = problems.Count == 0 || entries.Count > 0;
        var configuration = new TrainingConfiguration();
        foreach (var key in TrainingKeys.All)
        {
            if (OverrideOf(key.Name, request) is not null)
            {
                continue;
            }

            if (entries.TryGetValue(key.Name, out var entry))
            {
                configuration = key.Apply(configuration, new ConfigurationValue(key.Name, entry.Value, entry.File, problems, key.Required));
            }
            else if (key.Required && filesRead)
            {
                problems.Add($"{request.Configurations[^1]}: {key.Name}: is missing; it is {key.Range}. {key.Meaning}");
            }
        }

        configuration = configuration with
        {
            TrainDataDir = FullPathOr(request.TrainDataDir, configuration.TrainDataDir),
            MetadataPath = FullPathOr(request.MetadataPath, configuration.MetadataPath),
            BaseModel = FullPathOr(request.BaseModel, configuration.BaseModel),
            OutputDir = FullPathOr(request.OutputDir, configuration.OutputDir),
            StartFrom = FullPathOr(request.StartFrom, configuration.StartFrom),
        };
        if (configuration is { MetadataPath: "", TrainDataDir: not "" })
        {
            configuration = configuration with { MetadataPath = Path.Combine(configuration.TrainDataDir, Labelling.LabelFiles.Metadata) };
        }

        foreach (var validator in TrainingValidators.All)
        {
            validator(configuration, PlaceOf, problems);
        }

        problems.ThrowIfAny();
        return configuration;

        string PlaceOf(string key) =>
            entries.TryGetValue(key, out var entry) && OverrideOf(key, request) is null
                ? $"{YamlFile.PlaceOf(entry.File, entry.Value)}: {key}: "
                : $"{key}: ";
    }

    private static string? OverrideOf(string key, TrainingRequest request) =>
        key switch
        {
            TrainingKeys.TrainDataDir => request.TrainDataDir,
            TrainingKeys.MetadataPath => request.MetadataPath,
            TrainingKeys.BaseModel => request.BaseModel,
            TrainingKeys.OutputDir => request.OutputDir,
            TrainingKeys.StartFrom => request.StartFrom,
            _ => null,
        };

    private static string FullPathOr(string? given, string otherwise) => given is null ? otherwise : Path.GetFullPath(given);
}
