namespace LoraFunctions.Showroom.Drawings;

/// <summary>The two bodies that are drawn; they differ in outline, roof, lamps, handles and dashboard.</summary>
public enum BodyStyle
{
    /// <summary>Low, with a sloping roof: hidden door handles, slim lamps, one lamp across the tail, a large screen.</summary>
    Sedan,

    /// <summary>Tall, with a long flat roof: roof rails, round lamps, an upright tail, two dials.</summary>
    Wagon,
}
