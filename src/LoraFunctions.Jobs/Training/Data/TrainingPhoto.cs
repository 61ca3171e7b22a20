using LoraFunctions.Imaging;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>One photo as it is trained: scaled and cut to its bucket.</summary>
/// <param name="Caption">With the trigger words in front.</param>
/// <param name="Sha256">Of the file.</param>
internal sealed record TrainingPhoto(string FileName, string Caption, string Sha256, TrainingSize Bucket)
{
    /// <summary>Null once its latents are cached: the pixels of many photos are more than a training needs beside them.</summary>
    public RgbImage? Pixels { get; set; }
}
