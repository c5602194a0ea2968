namespace StreamBack.Protocol.Http;

/// <summary>The body of <c>POST /undelete</c>.</summary>
/// <param name="Id">64 hex digits.</param>
public sealed record UndeleteOrder(string Id);
