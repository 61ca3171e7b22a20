namespace LoraFunctions.Imaging.Marking;

/// <summary>Where the visible mark stands.</summary>
public enum MarkCorner
{
    BottomRight,
    BottomLeft,
    TopRight,
    TopLeft,
}
