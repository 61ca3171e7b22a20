namespace LoraFunctions.Showroom.Drawings;

/// <summary>What the car stands in front of.</summary>
public enum Background
{
    /// <summary>A plain wall and floor.</summary>
    Plain,

    /// <summary>A road before houses.</summary>
    Street,
}
