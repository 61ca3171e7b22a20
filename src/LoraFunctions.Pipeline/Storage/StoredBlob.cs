
namespace LoraFunctions.Pipeline.Storage;

/// <summary>A blob after a put.</summary>
/// <param name="Created">False when the name was taken: <paramref name="Ref"/> then is what was there, whose content may differ.</param>
public sealed record StoredBlob(BlobRef Ref, bool Created);
