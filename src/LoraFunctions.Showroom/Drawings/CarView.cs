namespace LoraFunctions.Showroom.Drawings;

/// <summary>Where the camera stands.</summary>
public enum CarView
{
    Front,
    Side,
    Rear,
    Interior,
}
