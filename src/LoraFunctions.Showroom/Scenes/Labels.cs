using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.Showroom.Scenes;

/// <summary>One answer, with the sentences it is asked in.</summary>
public sealed record LabelWord(string Word, params IReadOnlyList<string> Sentences);

/// <summary>What can be asked about a drawn picture, and what is right: the index of a word, or null where the picture cannot tell.</summary>
public sealed record LabelQuestion(string Group, Func<Scene, int?> Truth, params IReadOnlyList<LabelWord> Words);

/// <summary>
/// The label table of the demo, with its truth. CLIP learns these sentences, and the demo's labels.yaml asks them; a test holds the two together.
/// </summary>
public static class Labels
{
    public static LabelQuestion View { get; } = new(
        "view",
        scene => (int)scene.Cars[0].View,
        new("front view", "the front of a car", "a photo of a car seen from the front"),
        new("front three quarter view", "a front three quarter view of a car", "a photo of a car seen from the front and the side"),
        new("side view", "the side of a car", "a photo of a car seen from the side"),
        new("rear three quarter view", "a rear three quarter view of a car", "a photo of a car seen from the rear and the side"),
        new("rear view", "the rear of a car", "a photo of a car seen from behind"),
        new("interior", "the interior of a car", "a photo of the dashboard inside a car"));

    public static LabelQuestion Facing { get; } = new(
        "facing",
        scene => scene.Cars[0].HasFacing ? (int)scene.Cars[0].Facing : 2,
        new("facing left", "a photo of a car facing left"),
        new("facing right", "a photo of a car facing right"),
        new("", "a car from the front or from behind", "the interior of a car"));

    public static LabelQuestion Place { get; } = new(
        "place",
        scene => (int)scene.Place,
        new("studio", "a photo of a car in a studio", "a car on a plain background"),
        new("city street", "a photo of a car on a city street", "a car before buildings by day"),
        new("highway", "a photo of a car on a highway", "a car on a road between hills and grass"),
        new("street at night", "a photo of a car on a street at night", "a car at night before lit windows"),
        new("rain", "a photo of a car in the rain", "a car on a wet road under a cloudy sky"));

    public static LabelQuestion Paint { get; } = new(
        "paint",
        scene => Outside(scene, shot => Index(shot.Paint)),
        [.. Cars.Paint.All.Select(paint => new LabelWord($"{paint.Name} paint", $"a photo of a {paint.Name} car", $"{paint.Name} paint"))]);

    public static LabelQuestion Roof { get; } = new(
        "roof",
        scene => Outside(scene, shot => (int)shot.Design.Roof),
        new("", "a photo of a car with a roof in its own colour"),
        new("black roof", "a photo of a car with a black roof"),
        new("white roof", "a photo of a car with a white roof"));

    public static LabelQuestion Body { get; } = new(
        "body",
        scene => Outside(scene, shot => (int)shot.Design.Shape.Body),
        [.. Enum.GetValues<Body>().Select(body => new LabelWord(Captions.Of(body), $"a photo of a {Captions.Of(body)}", $"a {Captions.Of(body)} car"))]);

    public static IReadOnlyList<LabelQuestion> All { get; } = [View, Facing, Place, Paint, Roof, Body];

    private static int Index(Paint paint) => Cars.Paint.All.Index().First(item => item.Item.Name == paint.Name).Index;

    private static int? Outside(Scene scene, Func<CarShot, int> truth) => scene.Cars[0].View == Scenes.View.Interior ? null : truth(scene.Cars[0]);
}
