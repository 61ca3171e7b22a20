
namespace LoraFunctions.Pipeline.Storage;

/// <summary>A blob that was read whole.</summary>
public sealed record ReadBlob(BlobRef Ref, ReadOnlyMemory<byte> Content);
