using System.Text.Json;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Golden set d and its comparisons. What another folder's file does not list is not compared.</summary>
internal static class SchedulerVectors
{
    private static readonly Dictionary<string, Tensor> Tensors = Load();

    public static JsonElement Set { get; } = Golden.Json("d_schedulers");

    public static double Tolerance(string name) => Set.GetProperty("tolerance").GetProperty(name).GetDouble();

    public static Tensor? Find(string name) => Tensors.GetValueOrDefault(name);

    /// <summary>Skips the test when the file does not list it.</summary>
    public static Tensor Get(string name)
    {
        Assert.SkipUnless(Tensors.ContainsKey(name), $"d_schedulers.vectors.safetensors lists no {name}.");
        return Tensors[name];
    }

    /// <summary>Compares with the first entries of a listed tensor.</summary>
    public static void Compare(IReadOnlyList<Tensor> actual, string name)
    {
        if (Find(name) is { } expected)
        {
            actual.ShouldNotBeEmpty(name);
            Compare(actual, expected[..actual.Count], name);
        }
    }

    public static void Compare(IReadOnlyList<Tensor> actual, Tensor expected, string name)
    {
        actual.Count.ShouldBe((int)expected.shape[0], name);
        var (worstL2, worstAbs) = (0.0, 0.0);
        for (var i = 0; i < actual.Count; i++)
        {
            actual[i].shape.ShouldBe(expected[i].shape, name);
            var (abs, rel) = Golden.Difference(actual[i], expected[i]);
            worstL2 = Math.Max(worstL2, rel);
            worstAbs = Math.Max(worstAbs, abs / expected[i].abs().max().item<float>());
        }

        var (l2, max) = (Tolerance("x_rel_l2"), Tolerance("x_max_abs_rel_to_absmax"));
        var figures = $"{name}: rel_l2 {worstL2:g3} (<= {l2:g3}), max_abs/absmax {worstAbs:g3} (<= {max:g3})";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        worstL2.ShouldBeLessThanOrEqualTo(l2, name);
        worstAbs.ShouldBeLessThanOrEqualTo(max, name);
    }

    public static void CompareNumbers(IReadOnlyList<double> actual, string name, double? absolute = null, double? relative = null)
    {
        if (Find(name) is not { } tensor)
        {
            return;
        }

        double[] expected = [.. tensor.to(float64).data<double>()];
        actual.Count.ShouldBe(expected.Length, name);
        for (var i = 0; i < expected.Length; i++)
        {
            var limit = absolute ?? (relative!.Value * Math.Abs(expected[i]));
            Math.Abs(actual[i] - expected[i]).ShouldBeLessThanOrEqualTo(limit, $"{name}[{i}]");
        }
    }

    /// <summary>They outlive the dispose scope of the test that happens to ask first.</summary>
    private static Dictionary<string, Tensor> Load()
    {
        using var scope = NewDisposeScope();
        var tensors = Golden.Tensors("d_schedulers.vectors.safetensors");
        foreach (var tensor in tensors.Values)
        {
            tensor.DetachFromDisposeScope();
        }

        return tensors;
    }
}
