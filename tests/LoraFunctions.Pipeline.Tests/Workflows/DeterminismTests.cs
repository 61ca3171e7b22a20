using System.Reflection;
using System.Reflection.Emit;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows;

/// <summary>
/// What workflows may call is a short list, read from their compiled code: time, threads, files, the network, randomness and collections without an
/// order are not on it. (Durable's own analysers see the Functions project only.)
/// </summary>
public sealed class DeterminismTests
{
    private static readonly string[] s_allowedNamespaces =
    [
        "LoraFunctions.Contracts",
        "LoraFunctions.Pipeline",
        "System.Collections.Generic",
        "System.Runtime.CompilerServices",
        "System.Linq",
    ];

    private static readonly HashSet<string> s_allowedTypes =
    [
        "System.Object", "System.String", "System.Char", "System.Int32", "System.Boolean", "System.Array", "System.Math", "System.Enum", "System.Type",
        "System.Nullable`1", "System.DateTime", "System.TimeSpan", "System.Func`2", "System.Func`1", "System.IDisposable", "System.IEquatable`1",
        "System.Exception", "System.InvalidOperationException", "System.ArgumentOutOfRangeException", "System.ReadOnlySpan`1", "System.Span`1",
        "System.MemoryExtensions", "System.Range", "System.Index", "System.HashCode", "System.Text.StringBuilder",
        "System.Collections.IEnumerator", "System.Threading.CancellationToken", "System.Threading.CancellationTokenSource",
        "System.Threading.Tasks.Task", "System.Threading.Tasks.Task`1", "System.ValueTuple`2", "System.ValueTuple`3",
    ];

    private static readonly string[] s_banned =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today",
        "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay", "System.Threading.Tasks.Task.Yield", "System.Threading.Tasks.Task.get_Factory",
        "System.Threading.Tasks.Task.Wait", "System.Threading.Tasks.Task.WaitAll", "System.Threading.Tasks.Task.WaitAny",
        "System.Threading.Tasks.Task.ConfigureAwait", "System.Threading.Tasks.Task.ContinueWith", "System.Threading.Tasks.Task.WaitAsync", "System.Threading.Tasks.Task.WhenEach",
        "System.Threading.Tasks.Task`1.ConfigureAwait", "System.Threading.Tasks.Task`1.ContinueWith", "System.Threading.Tasks.Task`1.WaitAsync",
        "System.Threading.CancellationTokenSource.CancelAsync", "System.Threading.CancellationTokenSource.CancelAfter",
        "System.Collections.Generic.Dictionary`2.GetEnumerator", "System.Collections.Generic.HashSet`1.GetEnumerator",
        "System.Linq.Enumerable.ToDictionary", "System.Linq.Enumerable.ToHashSet", "System.Linq.Enumerable.ToLookup",
        "System.Object.GetHashCode",
    ];

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value);

    [Fact]
    public void Workflows_CompiledCode_CallsNothingThatDiffersOnReplay()
    {
        var methods = WorkflowMethods().ToList();
        methods.Count.ShouldBeGreaterThan(50);

        var offences = methods.SelectMany(m => CalledBy(m).Select(called => Offence(m, called)).OfType<string>()).Distinct().ToList();

        offences.ShouldBeEmpty();
    }

    [Fact]
    public void Workflows_Fields_HoldNoState()
    {
        var fields = WorkflowTypes()
            .Where(t => !t.Name.Contains('<') && typeof(IWorkflowContext) != t && !t.IsEnum && !typeof(Exception).IsAssignableFrom(t))
            .SelectMany(t => t.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => !f.IsInitOnly && !f.IsLiteral)
            .Select(f => $"{f.DeclaringType!.Name}.{f.Name}");

        fields.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(nameof(Sample.ReadsTheClock), "System.DateTime.get_UtcNow")]
    [InlineData(nameof(Sample.LeavesTheThread), "System.Threading.Tasks.Task.Run")]
    [InlineData(nameof(Sample.ReadsTheEnvironment), "System.Environment.GetEnvironmentVariable")]
    [InlineData(nameof(Sample.EnumeratesWithoutOrder), "System.Collections.Generic.HashSet`1.GetEnumerator")]
    [InlineData(nameof(Sample.ReadsAFile), "System.IO.File.Exists")]
    public void Check_CodeThatDiffersOnReplay_IsNoticed(string method, string called)
    {
        var code = typeof(Sample).GetMethod(method, BindingFlags.Public | BindingFlags.Static)!;

        CalledBy(code).Select(c => Offence(code, c)).OfType<string>().ShouldContain(o => o.EndsWith(called, StringComparison.Ordinal));
    }

    private static IEnumerable<Type> WorkflowTypes() =>
        typeof(IWorkflowContext).Assembly.GetTypes().Where(t => t.FullName!.StartsWith(typeof(IWorkflowContext).Namespace!, StringComparison.Ordinal));

    private static IEnumerable<MethodBase> WorkflowMethods()
    {
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return WorkflowTypes()
            .SelectMany(t => t.GetMethods(all).Cast<MethodBase>().Concat(t.GetConstructors(all)))
            .Where(m => m.GetMethodBody() is not null)
            // What the compiler writes into records: equality and printing, which workflows do not call.
            .Where(m => m.Name is not (nameof(GetHashCode) or nameof(Equals) or "PrintMembers" or nameof(ToString) or "get_EqualityContract"));
    }

    private static string? Offence(MethodBase caller, MethodBase called)
    {
        var type = called.DeclaringType!.IsGenericType ? called.DeclaringType.GetGenericTypeDefinition() : called.DeclaringType;
        var member = $"{type.FullName}.{called.Name}";
        var name = type.FullName!;
        var allowed = (s_allowedNamespaces.Any(n => name.StartsWith(n, StringComparison.Ordinal)) || s_allowedTypes.Contains(name)
            || typeof(Delegate).IsAssignableFrom(type)) && !s_banned.Contains(member);
        return allowed ? null : $"{caller.DeclaringType!.FullName}.{caller.Name} calls {member}";
    }

    private static IEnumerable<MethodBase> CalledBy(MethodBase method)
    {
        var il = method.GetMethodBody()!.GetILAsByteArray()!;
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (var at = 0; at < il.Length;)
        {
            short value = il[at++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | il[at++]));
            }

            var code = s_opCodes[value];
            if (code.OperandType == OperandType.InlineMethod)
            {
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(il, at), typeArguments, methodArguments)!;
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private static class Sample
    {
#pragma warning disable RS0030 // what the check is to find
        public static DateTime ReadsTheClock() => DateTime.UtcNow;
#pragma warning restore RS0030

        public static Task LeavesTheThread() => Task.Run(() => { });

        public static string? ReadsTheEnvironment() => Environment.GetEnvironmentVariable("x");

        public static bool ReadsAFile() => File.Exists("x");

        public static int EnumeratesWithoutOrder(HashSet<int> set)
        {
            var sum = 0;
            foreach (var i in set)
            {
                sum = (sum * 31) + i;
            }

            return sum;
        }
    }
}
