using System.Globalization;

namespace LoraFunctions.Pipeline.Orchestration;

/// <summary>Names of the orchestrations' instances. Equal work has an equal name, so that starting twice runs once.</summary>
public static class InstanceIds
{
    /// <summary>Durable Task's limit, and with a suffix for a child the reason why parts are shortened.</summary>
    public const int MaxLength = 100;

    /// <summary>Characters a listing's folder may not have, because Durable Task refuses them or we use them between parts.</summary>
    public const string ForbiddenCharacters = "/\\#?:";

    public static string Night(string date) => $"nightly-{date.Replace("-", "")}";

    /// <param name="work">What the chunk is of.</param>
    public static string Chunk(string night, string work, int number) => string.Create(CultureInfo.InvariantCulture, $"{night}:{work}:{number}");

    public static string Listing(string night, string listingId) => Child(night, listingId);

    public static string CarModel(string night, string modelKey) => Child(night, $"model:{modelKey}");

    public static string Comparison(string night, string left, string right, string scene) => Child(night, $"vs:{left}:{right}:{scene}");

    /// <summary>A GPU job of what it is done for.</summary>
    public static string GpuJob(string parent, JobKind kind) => $"{parent}:{kind.ToString().ToLowerInvariant()}";

    /// <param name="idempotencyKey">May be empty.</param>
    public static string TrainOnDemand(string modelKey, string idempotencyKey) =>
        Child("train", idempotencyKey.Length == 0 ? modelKey : $"{modelKey}:{idempotencyKey}");

    /// <summary>Parent and name, the name shortened to a digest where the whole would grow too long for a child of its own.</summary>
    private static string Child(string parent, string name)
    {
        const int roomForGpuJob = 8;
        var id = $"{parent}:{name}";
        return id.Length <= MaxLength - roomForGpuJob ? id : $"{parent}:{Digests.OfText(name)[..32]}";
    }
}
