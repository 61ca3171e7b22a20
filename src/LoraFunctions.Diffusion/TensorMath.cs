#pragma warning disable RS0030 // The one place that makes scalars.
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion;

/// <summary>
/// Arithmetic of tensors with numbers, and of two tensors where torch takes a number beside them (the alpha of a + b). TorchSharp hands such
/// a number to native code as a <see cref="Scalar"/> that nothing keeps alive: its finalizer may free it while the call still reads it, which
/// then throws or computes with something else. Here every scalar outlives its call and is freed at once. BannedSymbols.txt and a test keep
/// the rest of the code from making scalars. Upstream: https://github.com/dotnet/TorchSharp/pull/1434 and
/// https://github.com/dotnet/TorchSharp/pull/1496; once TorchSharp roots its scalars this can go.
/// </summary>
public static class TensorMath
{
    // Statics are never collected.
    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();

    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>left + factor * right.</summary>
    public static Tensor Plus(this Tensor left, Tensor right, double factor)
    {
        using var scalar = factor.ToScalar();
        return left.add(right, scalar);
    }

    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar, One);
    }

    public static Tensor Minus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.sub(scalar);
    }

    public static Tensor Times(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>Divided by a number.</summary>
    public static Tensor Over(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.div(scalar);
    }

    /// <summary>Every element times itself.</summary>
    public static Tensor Squared(this Tensor tensor) => tensor.mul(tensor);

    public static Tensor Clamped(this Tensor tensor, double least, double most)
    {
        using var low = least.ToScalar();
        using var high = most.ToScalar();
        return tensor.clamp(low, high);
    }

    public static Tensor PlusInPlace(this Tensor left, Tensor right) => left.add_(right, One);

    /// <summary>left + factor * right.</summary>
    public static Tensor PlusInPlace(this Tensor left, Tensor right, double factor)
    {
        using var scalar = factor.ToScalar();
        return left.add_(right, scalar);
    }

    public static Tensor PlusInPlace(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add_(scalar, One);
    }

    public static Tensor TimesInPlace(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.mul_(scalar);
    }

    /// <summary>left + factor * a * b.</summary>
    public static Tensor PlusProductInPlace(this Tensor left, Tensor a, Tensor b, double factor)
    {
        using var scalar = factor.ToScalar();
        return left.addcmul_(a, b, scalar);
    }

    /// <summary>left + factor * a / b.</summary>
    public static Tensor PlusQuotientInPlace(this Tensor left, Tensor a, Tensor b, double factor)
    {
        using var scalar = factor.ToScalar();
        return left.addcdiv_(a, b, scalar);
    }

    /// <summary>Which elements are a number or more.</summary>
    public static Tensor IsAtLeast(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.ge(scalar);
    }

    /// <summary>0, 1 ... <paramref name="count"/> - 1 as floats.</summary>
    public static Tensor Counted(long count, Device? device = null)
    {
        using var end = count.ToScalar();
        return arange(Zero, end, One, dtype: ScalarType.Float32, device: device);
    }

    public static Tensor Filled(ReadOnlySpan<long> shape, double number, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        using var scalar = number.ToScalar();
        return full(shape, scalar, dtype: dtype, device: device);
    }
}
