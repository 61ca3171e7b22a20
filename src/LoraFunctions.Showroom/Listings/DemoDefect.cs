namespace LoraFunctions.Showroom.Listings;

/// <summary>What is wrong with a demo photo, and so what the gate must say about it.</summary>
public enum DemoDefect
{
    None,

    /// <summary>A whole picture of 400x320.</summary>
    TooSmall,

    /// <summary>Smeared by a Gaussian of 4 pixels.</summary>
    Blurred,

    /// <summary>The same bytes under another name.</summary>
    SameFile,

    /// <summary>The same pixels in another, lossless file.</summary>
    SamePixels,

    /// <summary>A JPEG that ends in its middle.</summary>
    CutOff,

    /// <summary>A web page under a JPEG's name.</summary>
    NotAPicture,
}
