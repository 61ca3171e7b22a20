namespace LoraFunctions.Showroom.Drawings;

/// <summary>Time of day; at night the lamps are on.</summary>
public enum Lighting
{
    Day,
    Night,
}
