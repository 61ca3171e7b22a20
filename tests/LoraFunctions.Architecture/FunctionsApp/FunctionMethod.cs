using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LoraFunctions.Architecture.FunctionsApp;

/// <summary>One function of the app.</summary>
/// <param name="Attribute">Its <c>[Function(name)]</c>.</param>
internal sealed record FunctionMethod(MethodDeclarationSyntax Method, AttributeSyntax Attribute)
{
    public ExpressionSyntax NameExpression => Attribute.ArgumentList!.Arguments[0].Expression;

    public string? Name => FunctionsSource.Constant(NameExpression).Value;

    /// <summary>The type inside <c>Task&lt;&gt;</c>; null for a plain <c>Task</c> or anything else.</summary>
    public TypeSyntax? Result =>
        Method.ReturnType is GenericNameSyntax { Identifier.Text: "Task", TypeArgumentList.Arguments: [var result] } ? result : null;

    /// <summary>The parameter that carries the attribute of this name; null when there is none.</summary>
    public FunctionBinding? Binding(string name) =>
        (from parameter in Method.ParameterList.Parameters
         from attribute in parameter.AttributeLists.SelectMany(list => list.Attributes)
         where FunctionsSource.IsNamed(attribute, name)
         select new FunctionBinding(parameter, attribute)).FirstOrDefault();

    public override string ToString() => $"{Repository.Place(Method)} {Method.Identifier.Text}";
}
