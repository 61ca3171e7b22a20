using System.Globalization;

namespace LoraFunctions.Contracts;

/// <summary>Which numbers a key takes: more than one, up to another.</summary>
public sealed record NumberRange(double MoreThan, double Most, bool IsWhole)
{
    public bool Allows(double value) => value > MoreThan && value <= Most && (!IsWhole || value % 1 == 0);

    /// <summary>E.g. <c>1 to 320</c>, <c>more than 0, up to 1</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsWhole ? $"{MoreThan + 1} to" : $"more than {MoreThan}, up to")} {Most}");
}

/// <summary>
/// Keys of the training's YAML that a person may also set for one training over HTTP: numbers whose meaning needs no other file. Their ranges stand here
/// once, for the YAML's reader and for the HTTP interface, which knows no torch.
/// </summary>
public static class TrainingRanges
{
    public static NumberRange LoraRank { get; } = new(0, 320, IsWhole: true);

    public static NumberRange LoraAlpha { get; } = new(0, 1024, IsWhole: false);

    public static NumberRange LearningRate { get; } = new(0, 1, IsWhole: false);

    public static NumberRange BatchSize { get; } = new(0, 256, IsWhole: true);

    public static NumberRange Epochs { get; } = new(0, 100_000, IsWhole: true);

    public static NumberRange Repeats { get; } = new(0, 1000, IsWhole: true);

    public static IReadOnlyDictionary<string, NumberRange> ByKey { get; } = new Dictionary<string, NumberRange>(StringComparer.Ordinal)
    {
        ["lora_rank"] = LoraRank,
        ["lora_alpha"] = LoraAlpha,
        ["learning_rate"] = LearningRate,
        ["batch_size"] = BatchSize,
        ["epochs"] = Epochs,
        ["repeats"] = Repeats,
    };
}
