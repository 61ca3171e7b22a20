using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.Showroom.Scenes;

/// <summary>
/// Random scenes for training and measuring: every view, place, body and paint equally often. A scene is a pure function of its seed, so that
/// a picture needs no place on a disk: its number is enough.
/// </summary>
public static class SceneSampler
{
    /// <summary>
    /// So many different backgrounds a place has. More would be noise that a small model spends its weights on.
    /// </summary>
    public const int Backgrounds = 6;

    /// <param name="twoCars">Side by side in one frame, both in the same view; false: one.</param>
    /// <param name="interiors">Share of pictures from inside.</param>
    public static Scene Sample(int seed, bool twoCars = false, double interiors = 0)
    {
        var random = new Random(seed);
        bool inside = !twoCars && random.NextDouble() < interiors;
        var view = inside ? View.Interior : (View)random.Next(5);
        var facing = (Facing)random.Next(2);
        var place = (Place)random.Next(5);
        int background = random.Next(Backgrounds) + 1;
        var elevation = (float)(6 + (4 * random.NextDouble()));
        var cars = new CarShot[twoCars ? 2 : 1];
        for (int i = 0; i < cars.Length; i++)
        {
            cars[i] = Shot(random, CarDesign.Random(random, (Body)random.Next(5)), view, facing);
        }

        return new Scene(place, cars, background, elevation);
    }

    /// <summary>A scene of a given car model: paint, view, place and camera as the seed says.</summary>
    public static Scene Of(CarDesign design, int seed, double interiors = 0)
    {
        Scene scene = Sample(seed, interiors: interiors);
        return scene with { Cars = [scene.Cars[0] with { Design = design }] };
    }

    private static CarShot Shot(Random random, CarDesign design, View view, Facing facing)
    {
        float Within(float most) => (float)((random.NextDouble() * 2) - 1) * most;
        return new CarShot(
            design, Paint.All[random.Next(Paint.All.Count)].Varied(random), view, facing, Turn: Within(6), Zoom: 1 + Within(0.04f), Shift: Within(0.03f));
    }
}
