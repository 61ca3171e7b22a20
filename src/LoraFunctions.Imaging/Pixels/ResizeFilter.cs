namespace LoraFunctions.Imaging.Pixels;

/// <summary>How pixels are weighed when a picture changes its size.</summary>
public enum ResizeFilter
{
    /// <summary>The mean of the area a new pixel covers: for making smaller, and for measuring.</summary>
    Area,

    /// <summary>
    /// Cubic convolution (Keys 1981, a = -0.5), widened when making smaller so that nothing aliases: for pictures that are
    /// looked at or trained on.
    /// </summary>
    Bicubic,
}
