namespace LoraFunctions.Pipeline.Contracts;

/// <summary>Names of the artefacts below <c>jobs/{jobId}/{attempt}/</c> that later stations look for; a job may leave more beside them.</summary>
public static class ArtefactNames
{
    /// <summary>Label job: rows <c>{photo},"{caption}"</c> without a heading, UTF-8; the photo is its blob's name below <c>{listingId}/</c>.</summary>
    public const string LabelMetadata = "metadata.csv";

    /// <summary>Train job: the LoRA in kohya's format.</summary>
    public static string Lora(string modelKey) => $"{modelKey}.safetensors";

    /// <summary>Render job: one marked picture a seed.</summary>
    public static string Picture(string scene, long seed) => $"{scene}-{seed}.png";
}
