namespace LoraFunctions.Jobs.Training.Configuration;

/// <summary>One key of the training YAML: the same row parses it, checks it and explains it.</summary>
public sealed class ConfigurationKey
{
    private readonly Func<TrainingConfiguration, ConfigurationValue, TrainingConfiguration> _apply;

    internal ConfigurationKey(
        string name,
        string @default,
        string range,
        string meaning,
        Func<TrainingConfiguration, ConfigurationValue, TrainingConfiguration> apply,
        bool required = false)
    {
        Name = name;
        Default = @default;
        Range = range;
        Meaning = meaning;
        Required = required;
        _apply = apply;
    }

    public string Name { get; }

    /// <summary>For a person: the value that holds when the key is absent, or <c>required</c>.</summary>
    public string Default { get; }

    /// <summary>For a person: which values are taken.</summary>
    public string Range { get; }

    public string Meaning { get; }

    public bool Required { get; }

    /// <summary>The configuration with this key's value; unchanged when the value is wrong, which its problems then say.</summary>
    internal TrainingConfiguration Apply(TrainingConfiguration configuration, ConfigurationValue value) => _apply(configuration, value);
}
