using System.Numerics;
using LoraFunctions.Showroom.Scenes;
using static LoraFunctions.Showroom.Rendering.Numbers;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>
/// A place: its light and what is seen of it. The camera looks along x; u and v are the picture's coordinates in half heights, v upwards from
/// the middle.
/// </summary>
internal sealed class Surroundings
{
    private readonly Place place;
    private readonly uint seed;
    private readonly Vector3 skyTop;
    private readonly Vector3 skyLow;

    public Surroundings(Place place, int seed)
    {
        this.place = place;
        this.seed = (uint)seed;
        Sun = Vector3.Normalize(new(-0.6f, Hash(this.seed, 11, 1) < 0.5f ? 0.55f : -0.55f, 0.9f));
        (SunLight, skyTop, skyLow, Ground, Ambient) = place switch
        {
            Place.Studio => (Rgb(.65f, .65f, .65f), Rgb(.95f, .95f, .96f), Rgb(.60f, .60f, .62f), Rgb(.45f, .45f, .45f), .75f),
            Place.CityStreet => (Rgb(.75f, .70f, .62f), Rgb(.40f, .60f, .90f), Rgb(.78f, .84f, .92f), Rgb(.30f, .30f, .30f), .65f),
            Place.Highway => (Rgb(.85f, .80f, .70f), Rgb(.25f, .50f, .90f), Rgb(.75f, .86f, .96f), Rgb(.30f, .33f, .25f), .62f),
            Place.Night => (Rgb(.62f, .55f, .42f), Rgb(.02f, .03f, .08f), Rgb(.10f, .10f, .20f), Rgb(.16f, .15f, .15f), 2.2f),
            _ => (Rgb(.22f, .22f, .23f), Rgb(.45f, .48f, .52f), Rgb(.62f, .65f, .68f), Rgb(.30f, .31f, .32f), .95f),
        };
    }

    /// <summary>Towards the sun, or the lamp that stands for it.</summary>
    public Vector3 Sun { get; }

    public Vector3 SunLight { get; }

    public Vector3 Ground { get; }

    public float Ambient { get; }

    public bool LampsAreOn => place is Place.Night or Place.Rain;

    public bool IsWet => place == Place.Rain;

    /// <summary>Soft light from all sides onto a surface whose normal has this z.</summary>
    public Vector3 AmbientLight(float up) => Mix(Ground, (skyTop + skyLow) * 0.5f, 0.5f + (0.5f * up)) * Ambient;

    /// <summary>What a polished surface mirrors in a direction: sky, a dark line of houses at the horizon, ground.</summary>
    public Vector3 Mirrored(Vector3 direction)
    {
        float z = direction.Z;
        if (z < 0)
        {
            return Mix(skyLow * 0.55f, Ground, Smooth(0, 0.25f, -z));
        }

        Vector3 sky = Mix(skyLow, skyTop, Smooth(0, 0.7f, z));
        return place == Place.Studio ? sky : sky * (0.6f + (0.4f * Smooth(0.04f, 0.16f, z)));
    }

    /// <summary>The light of the picture at a point above the horizon; <paramref name="over"/> is v over it.</summary>
    public Vector3 Above(float u, float over)
    {
        Vector3 sky = Mix(skyLow, skyTop, Smooth(0, 1, over));
        switch (place)
        {
            case Place.Studio:
                return Mix(new(.80f, .80f, .81f), new(.58f, .58f, .60f), Smooth(0, 1.2f, over + (0.08f * u * u)));
            case Place.CityStreet:
            case Place.Night:
                return Houses(u, over) ?? sky;
            case Place.Highway:
                float hill = 0.10f + (0.16f * Noise(seed, (u * 2.3f) + 9));
                if (over < hill)
                {
                    return over < hill * 0.5f ? new(.22f, .38f, .18f) : new(.32f, .46f, .36f);
                }

                float cloud = Noise(seed + 3, (u * 1.4f) + 40) * Noise(seed + 4, (over * 5) + (u * 0.5f) + 30);
                return Mix(sky, new(.95f, .96f, .98f), Smooth(0.35f, 0.7f, cloud) * 0.7f);
            default:
                return over < 0.2f + (0.35f * Hash(seed, (uint)(int)MathF.Floor((u + 9) * 3), 5)) ? new(.36f, .39f, .42f) : sky;
        }
    }

    /// <summary>The light of the picture on the ground, without shadows.</summary>
    /// <param name="side">Metres to the right of the camera's axis.</param>
    /// <param name="distance">Metres along it.</param>
    public Vector3 Floor(float side, float distance)
    {
        switch (place)
        {
            case Place.Studio:
                return Mix(new(.70f, .70f, .71f), new(.80f, .80f, .81f), Smooth(6, 30, distance));
            case Place.CityStreet:
                return distance switch
                {
                    > 17 => new(.42f, .41f, .40f),
                    > 13.5f => new(.55f, .54f, .52f),
                    > 11 and < 11.5f when Modulo(side, 3) < 1.6f => new(.75f, .75f, .72f),
                    _ => new(.34f, .34f, .35f),
                };
            case Place.Highway:
                float across = MathF.Abs(side);
                Vector3 road = across > 7.5f ? new(.30f, .44f, .20f)
                    : MathF.Abs(across - 6.9f) < .12f || (MathF.Abs(across - 3.2f) < .1f && Modulo(distance + (Hash(seed, 9, 9) * 6), 6) < 3)
                        ? new(.85f, .85f, .80f)
                        : new(.36f, .36f, .37f);
                return Mix(road, new(.50f, .55f, .52f), Smooth(6, 45, distance) * 0.6f);
            case Place.Night:
                float pool = 1 + (((side * side) + ((distance - 9) * (distance - 9) * .35f)) / 28);
                return new Vector3(.055f, .06f, .08f) + (new Vector3(.30f, .24f, .15f) / (pool * pool));
            default:
                float puddle = Noise(seed + 5, side * 1.3f) * Noise(seed + 6, distance * .8f);
                return Mix(Mix(new(.27f, .29f, .31f), new(.45f, .48f, .52f), puddle * 0.7f), new(.50f, .53f, .56f), Smooth(6, 45, distance) * .6f);
        }
    }

    private Vector3? Houses(float u, float over)
    {
        float at = (u + 9 + Hash(seed, 1, 1)) * 3.1f;
        uint house = (uint)at;
        float across = at - house;
        if (over >= (0.25f + (0.75f * Hash(seed, house, 3))) * 0.85f)
        {
            return null;
        }

        bool night = place == Place.Night;
        float shade = 0.32f + (0.25f * Hash(seed, house, 4));
        float warm = 0.06f * Hash(seed, house, 6);
        Vector3 wall = night ? new(.035f, .04f, .065f) : new(shade + .10f + warm, shade + .10f, shade + .10f - warm);
        float column = across * 2;
        float row = over * 7;
        float inColumn = column - (int)column;
        float inRow = row - (int)row;
        bool window = inColumn is > .25f and < .75f && inRow is > .25f and < .75f && across is > .04f and < .96f;
        if (!window)
        {
            return !night && over < 0.07f ? wall * 0.6f : wall;
        }

        return !night ? wall * 0.72f : Hash(seed + (house * 31), (uint)column + 5, (uint)row) > 0.5f ? new(.85f, .66f, .32f) : wall;
    }

    private static Vector3 Rgb(float r, float g, float b) => new(r, g, b);

    private static float Modulo(float value, float by) => value - (MathF.Floor(value / by) * by);
}
