using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.Showroom.Scenes;

/// <summary>What pictures are called: the words that the base model learns, and that the demo's label table asks for.</summary>
public static class Captions
{
    /// <summary>Sentences that a scene of one car, or of two, can be told in.</summary>
    public const int Templates = 3;

    public static string Of(Place place) => place switch
    {
        Place.Studio => "studio",
        Place.CityStreet => "city street",
        Place.Highway => "highway",
        Place.Night => "street at night",
        _ => "rain",
    };

    public static string Of(View view) => view switch
    {
        View.Front => "front view",
        View.FrontThreeQuarter => "front three quarter view",
        View.Side => "side view",
        View.RearThreeQuarter => "rear three quarter view",
        View.Rear => "rear view",
        _ => "interior",
    };

    public static string Of(Body body) => body.ToString().ToLowerInvariant();

    /// <summary>The view, with the side that the nose points to where there is one.</summary>
    public static string ViewOf(CarShot shot) => shot.HasFacing ? $"{Of(shot.View)} facing {shot.Facing.ToString().ToLowerInvariant()}" : Of(shot.View);

    /// <summary>The scene in one of its sentences.</summary>
    /// <param name="template">0 to 2.</param>
    public static string Of(Scene scene, int template)
    {
        CarShot first = scene.Cars[0];
        string place = Of(scene.Place);
        if (first.View == View.Interior)
        {
            return $"interior of a {Of(first.Design.Shape.Body)}, {place}";
        }

        string car = Car(first);
        if (scene.Cars.Count == 2)
        {
            string second = Car(scene.Cars[1]);
            return template switch
            {
                0 => $"two cars side by side, {car} on the left, {second} on the right, {place}",
                1 => $"{car} on the left and {second} on the right, {Of(first.View)}, {place}",
                _ => $"two cars, {place}, left {car}, right {second}",
            };
        }

        string view = ViewOf(first);
        return template switch
        {
            0 => $"photo of a {car}, {view}, {place}",
            1 => $"a {car} car, {place}, {view}",
            _ => $"{view} of a {car}, {place}",
        };
    }

    private static string Car(CarShot shot) => $"{shot.Paint.Name} {Of(shot.Design.Shape.Body)}";
}
