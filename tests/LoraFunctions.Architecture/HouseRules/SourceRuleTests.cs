using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.HouseRules;

/// <summary>The rules of the house that a compiler does not check.</summary>
public sealed partial class SourceRuleTests
{
    /// <summary>The rule says "about 200"; this is where "about" ends.</summary>
    private const int LongestFile = 300;

    private static readonly string[] LoggerVerbs =
        ["Log", "LogTrace", "LogDebug", "LogInformation", "LogWarning", "LogError", "LogCritical"];

    /// <summary>Words of unfinished work. Split, so that this file does not contain them.</summary>
    private static readonly string[] BannedWords = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception"];

    [Fact]
    public void Files_AreAScreenfulOrTwo() =>
        Repository.Files("src", ".cs")
            .Where(file => !file.StartsWith("src/LoraFunctions.Diffusion/Models/", StringComparison.Ordinal)) // one network, one file
            .Select(file => (file, Lines: Repository.Parse(file).GetText(TestContext.Current.CancellationToken).Lines.Count - 1))
            .Where(file => file.Lines > LongestFile)
            .Select(file => $"{file.file}: {file.Lines} lines")
            .ShouldBeEmpty();

    /// <summary>Small types that belong together share a file, which is named for what they are about.</summary>
    [Fact]
    public void Files_OfOnePublicType_AreNamedLikeIt()
    {
        var strays =
            from file in Repository.Files("src", ".cs")
            let types = PublicTypes(Repository.Parse(file).GetRoot()).ToList()
            let stem = Path.GetFileNameWithoutExtension(file)
            where types.Count == 1 && stem != types[0] && !stem.StartsWith(types[0] + ".", StringComparison.Ordinal)
            select $"{file}: {string.Join(", ", types)}";
        strays.ShouldBeEmpty();
    }

    [Fact]
    public void Sources_HoldNoUnfinishedWork()
    {
        var strays =
            from file in Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs"))
            from line in File.ReadLines(Repository.At(file)).Index()
            from word in BannedWords
            where Regex.IsMatch(line.Item, $@"\b{word}\b", RegexOptions.None, TimeSpan.FromSeconds(1))
            select $"{file}:{line.Index + 1}: {word}";
        strays.ShouldBeEmpty();
    }

    [Fact]
    public void Logging_GoesThroughLoggerMessageOnly()
    {
        var strays =
            from file in Repository.Files("src", ".cs")
            from call in Repository.Parse(file).GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
            where call.Expression is MemberAccessExpressionSyntax access
                && LoggerVerbs.Contains(access.Name.Identifier.Text)
                && access.Expression.ToString().Contains("logger", StringComparison.OrdinalIgnoreCase)
            select $"{Repository.Place(call)}: {call.Expression}";
        strays.ShouldBeEmpty("write a partial method with [LoggerMessage]");
    }

    [Fact]
    public void EventIds_AreGivenOnce()
    {
        var ids =
            from file in Repository.Files("src", ".cs")
            from attribute in Repository.Parse(file).GetRoot().DescendantNodes().OfType<AttributeSyntax>()
            where attribute.Name.ToString() is "LoggerMessage" or "LoggerMessageAttribute"
            let id = EventId(attribute)
            select (Id: id, Place: Repository.Place(attribute));
        var all = ids.ToList();

        all.Where(id => id.Id is null).Select(id => id.Place).ShouldBeEmpty("an event has an id of its own");
        all.Where(id => id.Id is not null).GroupBy(id => id.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(id => id.Place))}").ShouldBeEmpty();
    }

    [Fact]
    public void Classes_AreSealedStaticOrAbstract()
    {
        var strays =
            from file in Repository.Files("src", ".cs")
            from type in Repository.Parse(file).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
            where type is ClassDeclarationSyntax or RecordDeclarationSyntax { ClassOrStructKeyword.RawKind: not (int)SyntaxKind.StructKeyword }
            where !type.Modifiers.Any(modifier => modifier.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.StaticKeyword or SyntaxKind.AbstractKeyword)
            where !IsPartOfOneThatSays(file, type) && !HasHeirs(type.Identifier.Text)
            select $"{Repository.Place(type)}: {type.Identifier.Text}";
        strays.ShouldBeEmpty();
    }

    [Fact]
    public void Tests_Assert()
    {
        var methods =
            (from file in Repository.Files("tests", ".cs")
             from method in Repository.Parse(file).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
             select (file, method)).ToList();
        var asserting = methods.Where(pair => Asserts().IsMatch(pair.method.ToString())).Select(pair => pair.method.Identifier.Text).ToHashSet();
        var grown = true;
        while (grown)
        {
            grown = false;
            foreach (var (_, method) in methods.Where(pair => !asserting.Contains(pair.method.Identifier.Text)))
            {
                grown |= method.DescendantNodes().OfType<SimpleNameSyntax>().Any(name => asserting.Contains(name.Identifier.Text))
                    && asserting.Add(method.Identifier.Text);
            }
        }

        methods
            .Where(pair => pair.method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() is "Fact" or "Theory"))
            .Where(pair => !asserting.Contains(pair.method.Identifier.Text))
            .Select(pair => $"{Repository.Place(pair.method)}: {pair.method.Identifier.Text}")
            .ShouldBeEmpty();
    }

    [GeneratedRegex(@"\.Should|Assert\.|Should\.|\.Received\(|\.Sample\(|Verify", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Asserts();

    private static IEnumerable<string> PublicTypes(SyntaxNode root) =>
        root.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>()
            .Where(type => type.Modifiers.Any(SyntaxKind.PublicKeyword))
            .Select(type => type switch
            {
                BaseTypeDeclarationSyntax named => named.Identifier.Text,
                DelegateDeclarationSyntax named => named.Identifier.Text,
                _ => null,
            })
            .OfType<string>();

    private static string? EventId(AttributeSyntax attribute)
    {
        var arguments = attribute.ArgumentList?.Arguments;
        var named = arguments?.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.Text == "EventId");
        var first = arguments?.FirstOrDefault(argument => argument.NameEquals is null);
        return named?.Expression.ToString() ?? (first?.Expression is LiteralExpressionSyntax { RawKind: (int)SyntaxKind.StringLiteralExpression } ? null : first?.Expression.ToString());
    }

    private static bool IsPartOfOneThatSays(string file, TypeDeclarationSyntax type) =>
        type.Modifiers.Any(SyntaxKind.PartialKeyword)
        && Repository.Files(Path.GetDirectoryName(file)!.Replace('\\', '/'), ".cs")
            .SelectMany(other => Repository.Parse(other).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
            .Any(other => other.Identifier.Text == type.Identifier.Text && other.Modifiers.Any(modifier =>
                modifier.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.StaticKeyword or SyntaxKind.AbstractKeyword));

    private static bool HasHeirs(string name) =>
        Repository.Files("src", ".cs")
            .SelectMany(file => Repository.Parse(file).GetRoot().DescendantNodes().OfType<BaseTypeSyntax>())
            .Any(heir => heir.Type.ToString().Split('<')[0].Split('.')[^1] == name);
}
