namespace LoraFunctions.Diffusion.Generation;

/// <summary>Where image-to-image starts.</summary>
/// <param name="Rgb">Row by row, three bytes a pixel, of the size that is asked for.</param>
/// <param name="Strength">
/// 0 to 1: the share of the steps that is run, and so how far the result may go from the picture. 0 runs none: the picture goes once
/// through the autoencoder. 1 runs all, from the picture under full noise.
/// </param>
public sealed record StartingPicture(ReadOnlyMemory<byte> Rgb, double Strength = StartingPicture.DefaultStrength)
{
    public const double DefaultStrength = 0.75;
}
