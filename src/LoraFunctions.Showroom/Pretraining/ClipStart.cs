using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// Where both towers begin. Neighbouring pixels are nearly the same, so random patch weights show next to nothing but a patch's mean; white
/// ones show every pattern of the pictures as strongly (Coates and Ng 2011, "Analyzing single-layer networks in unsupervised feature learning").
/// And a token knows its place from the first step (sine and cosine of both coordinates, He et al. 2021, "Masked autoencoders"): shapes are made
/// of where things are. Words begin far apart: what all sentences learn together moves them further than their usual start lies apart, and then
/// sentences that differ by one word ("facing left", "facing right") are one before the pictures can tell them apart.
/// </summary>
internal static class ClipStart
{
    /// <summary>Added to each pattern's variance: what is fainter is noise.</summary>
    private const double Floor = 0.1;

    private const double LongestWave = 100;

    /// <summary>Standard deviation of the words' vectors.</summary>
    private const double WordsApart = 0.5;

    /// <param name="pixels">[B, 3, H, W] as the tower is given them.</param>
    public static void Lay(ClipVisionModel vision, ClipTextModel text, Tensor pixels)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        Named(vision, "patch_embedding").copy_(White(pixels, vision.Config.PatchSize, vision.Config.HiddenSize));
        Named(vision, "position_embedding").copy_(Places(vision.Config.ImageSize / vision.Config.PatchSize, vision.Config.HiddenSize));
        Tensor words = Named(text, "token_embedding");
        words.TimesInPlace(WordsApart / words.std().item<float>());
    }

    private static Tensor Named(nn.Module tower, string layer) => tower.named_parameters().Single(p => p.name.EndsWith($"embeddings.{layer}.weight", StringComparison.Ordinal)).parameter;

    /// <summary>The patterns of greatest variance in the pictures' patches, each brought to about the same: [count, 3, size, size].</summary>
    private static Tensor White(Tensor pixels, int size, long count)
    {
        (long batch, long rows, long columns) = (pixels.shape[0], pixels.shape[2] / size, pixels.shape[3] / size);
        Tensor patches = pixels.reshape(batch, 3, rows, size, columns, size).permute(0, 2, 4, 1, 3, 5).reshape(batch * rows * columns, 3 * size * size);
        (Tensor variances, Tensor patterns) = linalg.eigh(matmul(patches.t(), patches).Over(patches.shape[0]));
        long first = patterns.shape[1] - count;
        Tensor scale = variances.slice(0, first, patterns.shape[1], 1).Plus(Floor).rsqrt();
        return (patterns.slice(1, first, patterns.shape[1], 1) * scale).t().reshape(count, 3, size, size);
    }

    /// <summary>[1 + side * side, width]; the class token, which comes first, is nowhere.</summary>
    private static Tensor Places(int side, long width)
    {
        var values = new float[(1 + (side * side)) * width];
        long waves = width / 4;
        for (int place = 0; place < side * side; place++)
        {
            for (int wave = 0; wave < waves; wave++)
            {
                double frequency = Math.PI / Math.Pow(LongestWave, (double)wave / waves);
                long at = ((1 + place) * width) + (4 * wave);
                (values[at], values[at + 1]) = ((float)Math.Sin(place % side * frequency), (float)Math.Cos(place % side * frequency));
                (values[at + 2], values[at + 3]) = ((float)Math.Sin((double)(place / side) * frequency), (float)Math.Cos((double)(place / side) * frequency));
            }
        }

        return tensor(values, [1 + (side * side), width]);
    }
}
