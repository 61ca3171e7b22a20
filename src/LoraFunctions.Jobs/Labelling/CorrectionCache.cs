using System.Security.Cryptography;
using System.Text.Json;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// A file of corrected photos that later folders learn from too: their embeddings and the words that a person has said, by the photos' content.
/// </summary>
internal sealed record CorrectionCache(int SchemaVersion, string Clip, IReadOnlyDictionary<string, CachedCorrection> Photos)
{
    public const int CurrentSchemaVersion = 1;

    public static CorrectionCache Empty(string clip) => new(CurrentSchemaVersion, clip, new Dictionary<string, CachedCorrection>());

    /// <param name="ofAnotherClip">May be: it is as good as empty.</param>
    /// <exception cref="InvalidJobInputException">It is no such file, or of another CLIP.</exception>
    public static CorrectionCache Read(string path, string clip, bool ofAnotherClip = false)
    {
        CorrectionCache cache;
        try
        {
            cache = ContractJson.Deserialize<CorrectionCache>(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidJobInputException($"{path} is no cache of corrections: {e.Message}", e);
        }

        return cache.SchemaVersion != CurrentSchemaVersion ? throw new InvalidJobInputException($"{path} has schema version {cache.SchemaVersion}; {CurrentSchemaVersion} is read.")
            : cache.Clip != clip && ofAnotherClip ? Empty(clip)
            : cache.Clip != clip ? throw new InvalidJobInputException($"{path} was made with another CLIP than this one, whose embeddings cannot be compared; name another file, and the corrections beside the photos fill it again.")
            : cache;
    }

    public static string KeyOf(byte[] photo) => Convert.ToHexStringLower(SHA256.HashData(photo));

    /// <summary>With a folder's corrections, which come in place of earlier ones of the same photos.</summary>
    public CorrectionCache With(IReadOnlyDictionary<string, CachedCorrection> photos) =>
        this with { Photos = Photos.Where(photo => !photos.ContainsKey(photo.Key)).Concat(photos).OrderBy(photo => photo.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal) };

    public void Write(string path) => WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ContractJson.IndentedOptions));

    /// <summary>What the words answer, group by group of a table.</summary>
    public IReadOnlyList<CorrectedPhoto> For(LabelTable table) =>
        [.. Photos.Values.Select(photo => new CorrectedPhoto(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(photo.Embedding).ToArray(), table.AnswersOf(photo.Caption)))];
}

/// <summary>One corrected photo.</summary>
/// <param name="Embedding">32-bit floats.</param>
internal sealed record CachedCorrection(string Caption, byte[] Embedding);
