using Mono.Cecil;
using Mono.Cecil.Cil;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.HouseRules;

/// <summary>
/// TorchSharp may free a scalar while native code reads it (TensorMath says how); so nobody else makes one. BannedSymbols.Scalars.txt says so
/// while one writes; it does not see compound assignments. Here what was built is asked, and TorchSharp itself which of its methods make
/// scalars, so that a new version is followed.
/// </summary>
public sealed class ScalarTests
{
    private static readonly Lazy<HashSet<string>> MakersOfScalars = new(FindMakers);

    [Fact]
    public void Scalars_AreMadeInTensorMathOnly()
    {
        var makers = MakersOfScalars.Value;
        var strays =
            from path in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            let name = Path.GetFileNameWithoutExtension(path)
            where name == "lora" || name.StartsWith("LoraFunctions.", StringComparison.Ordinal)
            from method in Methods(path)
            where method.DeclaringType.FullName != "LoraFunctions.Diffusion.TensorMath"
            from called in Called(method)
            where makers.Contains(called)
            select $"{method.FullName} calls {called}";
        strays.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)")]
    [InlineData("TorchSharp.Scalar TorchSharp.Scalar::op_Implicit(System.Double)")]
    public void MakersOfScalars_AreFound(string method) => MakersOfScalars.Value.ShouldContain(method, "the check above would hold for anything");

    /// <summary>Every method of TorchSharp that comes to the constructor of Scalar.</summary>
    private static HashSet<string> FindMakers()
    {
        var callers = (
            from method in Methods(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"))
            from called in Called(method)
            select (called, method.FullName)).ToLookup(pair => pair.called, pair => pair.FullName, StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>(["System.Void TorchSharp.Scalar::.ctor(System.IntPtr)"]);
        while (next.TryDequeue(out var method))
        {
            if (found.Add(method))
            {
                callers[method].ToList().ForEach(next.Enqueue);
            }
        }

        return found;
    }

    private static IEnumerable<MethodDefinition> Methods(string path) =>
        AssemblyDefinition.ReadAssembly(path).MainModule.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static IEnumerable<string> Called(MethodDefinition method) =>
        from Instruction instruction in method.Body.Instructions
        let reference = instruction.Operand as MethodReference
        where reference is not null
        select (reference is GenericInstanceMethod generic ? generic.ElementMethod : reference).FullName;
}
