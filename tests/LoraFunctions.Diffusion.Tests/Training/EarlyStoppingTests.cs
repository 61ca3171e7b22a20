using LoraFunctions.Diffusion.Training;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Training;

/// <summary>The curves are those of real trainings of a small model on drawn photos, two of eight or six of sixty held out.</summary>
public sealed class EarlyStoppingTests
{
    /// <summary>A base that knows such photos, a wide LoRA, six photos again and again.</summary>
    private static readonly double[] Overfitting =
    [
        0.326, 0.328, 0.331, 0.332, 0.333, 0.333, 0.333, 0.333, 0.331, 0.330, 0.330, 0.330, 0.333, 0.336, 0.338, 0.339, 0.339, 0.340, 0.342, 0.344,
        0.345, 0.346, 0.345, 0.344, 0.344, 0.343, 0.343, 0.343, 0.341, 0.339, 0.337, 0.338, 0.340, 0.345, 0.348, 0.351, 0.352, 0.354, 0.357, 0.358,
        0.359, 0.359, 0.358, 0.358, 0.357, 0.358, 0.360, 0.364, 0.369, 0.374, 0.374, 0.371, 0.370, 0.369, 0.370, 0.367, 0.369, 0.372, 0.377, 0.381,
        0.382, 0.382, 0.381, 0.380, 0.379, 0.375, 0.374, 0.375, 0.375, 0.376, 0.378, 0.380, 0.381, 0.380, 0.378, 0.377, 0.376, 0.376, 0.377, 0.380,
        0.380, 0.380, 0.379, 0.376, 0.376, 0.378, 0.380, 0.381, 0.382, 0.381, 0.381, 0.382, 0.381, 0.380, 0.380, 0.382, 0.385, 0.389, 0.391, 0.394,
        0.402, 0.405, 0.408, 0.409, 0.409, 0.409, 0.409, 0.408, 0.406, 0.402, 0.400, 0.398, 0.397, 0.395, 0.394, 0.396, 0.399, 0.400, 0.402, 0.407,
        0.416, 0.424, 0.429, 0.427, 0.421, 0.418, 0.415, 0.408, 0.407, 0.409, 0.408, 0.405, 0.401, 0.399, 0.394, 0.390, 0.391, 0.394, 0.397, 0.401,
        0.402, 0.404, 0.407, 0.408, 0.410, 0.410, 0.410, 0.411, 0.413, 0.415, 0.415, 0.414, 0.412, 0.410, 0.411, 0.412, 0.414, 0.417, 0.416, 0.416,
        0.418, 0.419, 0.417, 0.414, 0.410, 0.409, 0.409, 0.411, 0.412, 0.411, 0.409, 0.406, 0.406, 0.405, 0.404, 0.405, 0.409, 0.411, 0.417, 0.423,
        0.426, 0.430, 0.431, 0.432, 0.429, 0.425, 0.420, 0.417, 0.416, 0.419, 0.419, 0.420, 0.422, 0.422, 0.422, 0.423, 0.423, 0.425, 0.428, 0.431,
    ];

    /// <summary>A base that knows nothing, and a learning rate so high that the loss jumps about for 150 epochs while it still falls.</summary>
    private static readonly double[] Jumping =
    [
        1.051, 0.948, 0.886, 0.847, 0.839, 0.773, 0.717, 0.692, 0.686, 0.663, 0.656, 0.657, 0.629, 0.605, 0.601, 0.590, 0.598, 0.585, 0.579, 0.563,
        0.560, 0.562, 0.565, 0.561, 0.540, 0.563, 0.542, 0.535, 0.545, 0.539, 0.523, 0.514, 0.515, 0.539, 0.526, 0.521, 0.497, 0.496, 0.488, 0.495,
        0.494, 0.501, 0.503, 0.513, 0.504, 0.514, 0.518, 0.533, 0.517, 0.504, 0.508, 0.491, 0.483, 0.484, 0.506, 0.499, 0.503, 0.516, 0.509, 0.505,
        0.504, 0.502, 0.504, 0.496, 0.489, 0.504, 0.492, 0.497, 0.490, 0.477, 0.486, 0.484, 0.484, 0.477, 0.480, 0.495, 0.493, 0.485, 0.490, 0.477,
        0.474, 0.491, 0.497, 0.489, 0.492, 0.493, 0.494, 0.485, 0.500, 0.502, 0.476, 0.473, 0.481, 0.475, 0.492, 0.480, 0.479, 0.479, 0.468, 0.474,
        0.468, 0.475, 0.462, 0.490, 0.479, 0.481, 0.473, 0.481, 0.485, 0.491, 0.496, 0.503, 0.499, 0.498, 0.488, 0.493, 0.495, 0.509, 0.481, 0.469,
        0.471, 0.477, 0.484, 0.486, 0.475, 0.474, 0.470, 0.459, 0.465, 0.484, 0.504, 0.487, 0.496, 0.490, 0.485, 0.478, 0.478, 0.475, 0.486, 0.488,
        0.484, 0.490, 0.500, 0.496, 0.519, 0.504, 0.484, 0.496, 0.489, 0.482, 0.470, 0.473, 0.477, 0.475, 0.463, 0.479, 0.482, 0.482, 0.492, 0.494,
        0.502, 0.496, 0.492, 0.477, 0.478, 0.481, 0.483, 0.482, 0.470, 0.462, 0.458, 0.465, 0.473, 0.467, 0.466, 0.476, 0.468, 0.473, 0.486, 0.496,
        0.495, 0.493, 0.474, 0.464, 0.463, 0.469, 0.462, 0.469, 0.483, 0.478, 0.466, 0.472, 0.487, 0.483, 0.485, 0.476, 0.473, 0.475, 0.473, 0.456,
    ];

    private static readonly double[] Healthy =
    [
        0.775, 0.649, 0.562, 0.511, 0.485, 0.467, 0.453, 0.439, 0.427, 0.434, 0.425, 0.408, 0.410, 0.410, 0.397, 0.400, 0.391, 0.391, 0.390, 0.378,
        0.375, 0.372, 0.368, 0.370, 0.374, 0.367, 0.365, 0.367, 0.359, 0.359, 0.356, 0.363, 0.353, 0.357, 0.351, 0.354, 0.350, 0.345, 0.345, 0.344,
        0.345, 0.344, 0.342, 0.341, 0.341, 0.341, 0.341, 0.341, 0.341, 0.341,
    ];

    [Fact]
    public void Reason_AnOverfittingTraining_StopsSoonAndSaysWhy()
    {
        var stop = StopsAt(Overfitting, new ValidationOptions());

        stop!.Value.Epoch.ShouldBeLessThan(60);
        stop.Value.Reason.ShouldStartWith("the last 20 validations have the mean loss 0.3");
        stop.Value.Reason.ShouldContain("more than 2 % above 0.33");
    }

    [Fact]
    public void Reason_AHealthyTraining_NeverStops() => StopsAt(Healthy, new ValidationOptions()).ShouldBeNull();

    [Fact]
    public void Reason_ALossThatJumpsAboutWhileItFalls_StopsOnlyWhereNothingIsLost()
    {
        var stop = StopsAt(Jumping, new ValidationOptions());

        var best = Jumping.Take(stop?.Epoch ?? Jumping.Length).Min();
        best.ShouldBeLessThan(Jumping.Min() * 1.01);
    }

    [Fact]
    public void Reason_APlateau_DoesNotStop() =>
        StopsAt([1, .8, .7, .. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? .705 : .71)], new ValidationOptions()).ShouldBeNull();

    [Fact]
    public void Reason_AnOwnPatience_IsHeeded()
    {
        double[] rising = [1, .8, .7, .8, .9, 1, 1.1];

        StopsAt(rising, new ValidationOptions { Patience = 1 })!.Value.Epoch.ShouldBe(4);
        StopsAt(rising, new ValidationOptions { Patience = 2 })!.Value.Epoch.ShouldBe(5);
        StopsAt(rising, new ValidationOptions { Patience = 1, StopEarly = false }).ShouldBeNull();
        StopsAt(rising, new ValidationOptions { Patience = 1, Margin = 1 }).ShouldBeNull();
    }

    private static (int Epoch, string Reason)? StopsAt(double[] losses, ValidationOptions options)
    {
        for (var epoch = 1; epoch <= losses.Length; epoch++)
        {
            var validations = losses.Take(epoch).Select((loss, i) => new TrainingValidation(i + 1, i + 1, loss)).ToArray();
            if (EarlyStopping.Reason(validations, options, losses.Length) is { } reason)
            {
                return (epoch, reason);
            }
        }

        return null;
    }
}
